"""One completion as a card."""

from __future__ import annotations

from collections.abc import Sequence

from mmreason.inspector.model import CompletionView, Picture
from mmreason.inspector.views.extras import extra
from mmreason.inspector.views.html import Html, el, join, measured, number, short
from mmreason.inspector.views.pictures import Src, box_marks, framed
from mmreason.inspector.views.rewards import breakdown, credit, verdict
from mmreason.inspector.views.tracks import Tracks, tracks_of
from mmreason.inspector.views.written import written


def show_card(
    c: CompletionView, src: Src, pictures: Sequence[Picture] = (), scope: str = "", tracks: Tracks | None = None
) -> Html:
    """Show a completion: what it got, what it wrote, what it pointed at, why it got it.

    Args:
        c: only ``number`` and ``text`` are needed, as while it is being written.
        src: address of a picture.
        pictures: of the sample, that its boxes and lines count.
        scope: a word that begins its id.
        tracks: scales for the whole group; from this completion alone if not given.
    """
    tracks = tracks_of([c]) if tracks is None else tracks
    asked = el("details", el("summary", "asked otherwise"), el("pre", c.asked[:5000], dir="auto")) if c.asked else None
    body = [el("div", grounded(c, src, pictures), written(c, tracks), class_="body"), asked]
    return el(
        "article",
        heading(c),
        *body,
        breakdown(c),
        *(extra(found, src, pictures) for found in c.extras[:20]),
        class_=f"card {standing(c)}",
        id=f"{scope}-c{c.number + 1}" if scope else None,
        aria_label=f"completion {c.number + 1}",
    )


def standing(c: CompletionView) -> str:
    """Praised, blamed or neither: the colour of the card's edge."""
    return "praised" if c.advantage > 0 else "blamed" if c.advantage < 0 else "neutral"


def heading(c: CompletionView) -> Html:
    """Number, total, verdict, advantage; then small facts."""
    facts: list[Html | None] = []
    if c.tokens:
        facts.append(el("span", f"{c.tokens:,} tokens"))
    if c.logprob == c.logprob:
        facts.append(el("span", f"log-prob {number(c.logprob)}", title="mean over its tokens, when sampled"))
    if c.finish and c.finish != "stop":
        told = "cut off: token limit" if c.finish == "length" else short(c.finish, 60)
        facts.append(el("span", told, class_="warn"))
    facts.append(el("span", f"arm {short(c.arm, 60)}") if c.arm else None)
    facts.append(el("span", "no answer", class_="warn") if c.think and not c.answer else None)
    facts.append(el("span", "thought skipped", class_="skip") if c.skipped else None)
    total = el("span", measured(c.total), class_="total", title="total") if c.rewards or c.total == c.total else None
    top = join(el("h4", f"#{c.number + 1}"), verdict(c.right), el("span", class_="push"), total)
    return el("header", el("div", top, credit(c.advantage)), el("p", *facts, class_="facts"))


def grounded(c: CompletionView, src: Src, pictures: Sequence[Picture]) -> list[Html]:
    """The pictures that the text points at, its boxes on them."""
    about = sorted({box.picture for box in c.boxes if 0 <= box.picture < len(pictures)})
    return [
        el(
            "figure",
            framed(pictures[i], src, box_marks(c.boxes, i), f"boxes of completion {c.number + 1}"),
            class_="grounded",
        )
        for i in about[:6]
    ]
