"""A group: its question and pictures, what its completions got, and each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from mmreason.inspector.model import FLAGS, SampleKey, SampleView
from mmreason.inspector.views.card import show_card
from mmreason.inspector.views.extras import extra, table
from mmreason.inspector.views.html import LONGEST, TEXT, Html, el, rest, short
from mmreason.inspector.views.pictures import Src, media
from mmreason.inspector.views.rewards import matrix, spread, statistics
from mmreason.inspector.views.tracks import switch, tracks_of

CARDS = 64
"""Completions of a group that are shown."""
FLAG_WORDS = {
    "rewarded_wrong": "wrong but rewarded",
    "contradiction": "contradiction",
    "flat": "no spread",
    "truncated": "cut off",
    "judge_failed": "reward missing",
    "skipped": "thought skipped",
    "missing_answer": "no answer",
}


def show_sample(view: SampleView, src: Src, *, compact: bool = False, scope: str = "") -> Html:
    """Show a sample with everything that is known of it.

    Args:
        view: the sample.
        src: address of a picture from its path below the run's folder.
        compact: in one column, for two samples side by side.
        scope: keeps ids apart where the same sample stands on a page twice.
    """
    return el(
        "section",
        head(view),
        *warnings(view.warnings),
        top(view, src),
        *answered(view, src, scope),
        class_="sample compact" if compact else "sample",
        id=word(scope, view.key),
    )


def top(view: SampleView, src: Src) -> Html:
    """Pictures and question."""
    seen = media(view.media, src, view.gold_boxes, view.gold_lines) if view.media else None
    return el("div", seen, asked(view, src), class_="top" if view.media else "top nomedia")


def answered(view: SampleView, src: Src, scope: str) -> list[Html]:
    """What the group got, and its completions."""
    scope = word(scope, view.key)
    tracks = tracks_of(view.completions[:CARDS])
    cards = [show_card(c, src, view.pictures, scope, tracks) for c in view.completions[:CARDS]]
    over = len(view.completions) - CARDS
    more = el("p", f"{over} more completions are not shown", class_="note") if over > 0 else None
    group = el("div", switch(tracks, scope), el("div", *cards, class_="cards"), more, class_="group")
    numbers = summary(view)
    return [numbers, group] if numbers else [group]


def head(view: SampleView) -> Html:
    """Where it stands in the run, and its flags."""
    key = view.key
    place = [el("span", short(key.stage, 60)), el("span", f"step {key.step}")]
    place += [el("span", f"{word} training") for word in (view.when,) if word in ("before", "after")]
    place += [el("span", short(view.kind, 60))] if view.kind not in ("", key.stage) else []
    return el(
        "header",
        el("p", el("span", short(key.run, 80)), *place, class_="crumbs"),
        el("h3", short(key.task, 120)),
        flags(view.flags),
        class_="samplehead",
    )


def flags(names: Sequence[str]) -> Html | None:
    """Flags as small words; what they mean is their title."""
    found = [el("li", FLAG_WORDS.get(name, short(name, 40)), title=FLAGS.get(name), class_="flag") for name in names]
    return el("ul", *found, class_="flags") if found else None


def warnings(texts: Sequence[str]) -> list[Html]:
    """What could not be read."""
    return [el("p", short(text, 1000), class_="warning", role="note") for text in texts[:20]]


def asked(view: SampleView, src: Src) -> Html:
    """The question, its options, the right answer, and the record's other fields."""
    parts: list[Html | None] = [
        el("h4", "Prompt"),
        el("div", view.question[:TEXT].strip("\n"), class_="prompt", dir="auto"),
        rest(view.question),
    ]
    if any(option not in view.question for option in view.options):
        parts += [el("ol", *(el("li", short(option)) for option in view.options[:26]), class_="options")]
    if view.answer is not None:
        parts += [el("h4", "Right answer"), el("div", view.answer[:TEXT], class_="gold", dir="auto"), rest(view.answer)]
    # What is right is drawn on the picture beside it; here its words and tables are enough.
    known = [extra(found, src) for found in view.extras[:10]]
    return el("div", *parts, *known, record(view.record), class_="asked")


def record(fields: Mapping[str, str]) -> Html | None:
    """Further fields of the task's record."""
    if not fields:
        return None
    rows = [("field", "value"), *list(fields.items())[:60]]
    return el("details", el("summary", f"record ({len(fields)} fields)"), table(rows))


def summary(view: SampleView) -> Html | None:
    """The group's numbers: what each completion got, and how far they spread."""
    beside = [part for part in (spread(view), statistics(view.statistics)) if part]
    if len(view.completions) < 2:  # its card says all of it
        return None
    found = [part for part in (matrix(view), el("div", *beside, class_="aside") if beside else None) if part]
    return el("section", el("h4", "Group"), *found, class_="summary") if found else None


def show_pair(a: SampleView, b: SampleView, src_a: Src, src_b: Src, titles: tuple[str, str] = ("", "")) -> Html:
    """Show two samples side by side: two runs, or two steps of one; what was asked once, if it is the same."""
    same = (a.question, a.answer, a.media) == (b.question, b.answer, b.media)
    sides = []
    for scope, view, src, title in (("a", a, src_a, titles[0]), ("b", b, src_b, titles[1])):
        name = el("h2", short(title, 120)) if title else None
        rest_of = [head(view), *warnings(view.warnings), *answered(view, src, scope)]
        shown = el("section", *rest_of, class_="sample compact", id=word(scope, view.key))
        sides.append(el("div", name, shown if same else show_sample(view, src, compact=True, scope=scope)))
    return el("div", top(a, src_a) if same else None, *sides, class_="pair")


def sample_address(key: SampleKey) -> str:
    """The address of a sample on a page of the inspector."""
    return f"?sample={quote(named(key), safe='/')}"


def named(key: SampleKey) -> str:
    """A key as text; nothing where no link can hold it."""
    try:
        return str(key) if len(key.run) + len(key.stage) + len(key.task) < LONGEST // 12 else ""
    except UnicodeEncodeError:  # half of a surrogate pair
        return ""


def word(scope: str, key: SampleKey) -> str:
    """A short word for a sample that ids can begin with."""
    return f"s{hashlib.sha256(repr((scope, key)).encode(errors='replace')).hexdigest()[:10]}"
