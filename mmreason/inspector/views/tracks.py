"""Tokens coloured by what is known of each: tracks with one scale for a whole group, and the switch between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from mmreason.inspector.model import CompletionView, Track
from mmreason.inspector.views.html import Html, el, join, number, short, visible
from mmreason.inspector.views.scale import Scale, scale_for

LETTERS = "abcdefgh"
"""One a track that can be shown; further ones are left out."""
MOST, ALL = 4_000, 32_000
"""Tokens of a completion, and of a sample, that are coloured."""
TITLES = {"logprob": "log-prob", "weight": "token weight"}


@dataclass(frozen=True)
class Tracks:
    """The tracks of a sample that can be shown, each with one scale for all completions.

    Attributes:
        scales: by name.
        most: tokens of a completion that are coloured.
    """

    scales: Mapping[str, Scale]
    most: int = MOST

    @cached_property
    def letters(self) -> dict[str, str]:
        """The class that stands for each track."""
        return dict(zip(self.scales, LETTERS, strict=False))


def tracks_of(completions: Sequence[CompletionView]) -> Tracks:
    """Find the tracks that have values and whose tokens can be found in the text."""
    most = min(MOST, ALL // max(len(completions), 1))
    values: dict[str, list[float]] = {}
    for c in completions:
        for track in c.tracks if c.token_ends else ():
            values.setdefault(track.name, []).extend(track.values[:most])
    scales = {name: scale for name, seen in values.items() if (scale := scale_for(name, seen))}
    return Tracks({name: scales[name] for name in list(scales)[: len(LETTERS)]}, most)


class Tokens:
    """Cuts a completion's text at its tokens and colours them.

    Args:
        c: the completion.
        tracks: those that can be shown.
    """

    def __init__(self, c: CompletionView, tracks: Tracks) -> None:
        self.text, self.tracks = c.text, tracks
        self.shown = [track for track in c.tracks if track.name in tracks.letters][: len(LETTERS)]
        self.ends: list[int] = []
        for end in c.token_ends[: tracks.most] if self.shown else ():
            # A file may say anything; what stands here only grows and stays within the text.
            self.ends.append(max(min(end, len(c.text)), self.ends[-1] if self.ends else 0))

    def between(self, start: int, end: int) -> Iterator[Html]:
        """The characters between two places; a token that reaches over a border is shown on both sides of it."""
        at, i = start, bisect_right(self.ends, start)
        while at < end and i < len(self.ends):
            upto = min(self.ends[i], end)
            yield self.token(i, self.text[at:upto])
            at, i = upto, i + 1
            # Tokens without characters, such as the end of the answer, stand behind the last character.
            while i < len(self.ends) and self.ends[i] == at and self.ends[i - 1] == at:
                yield self.token(i, "")
                i += 1
        if at < end:
            yield join(self.text[at:end])

    def token(self, i: int, text: str) -> Html:
        """One token with the levels of all tracks as classes, and their values as its title."""
        told, classes = [f"token {i + 1}"], ["t"]
        for track in self.shown:
            value = value_at(track, i)
            told.append(f"{title(track.name)} {number(value)} {short(track.unit, 20)}".rstrip())
            if level := self.tracks.scales[track.name].level(value):
                classes.append(self.tracks.letters[track.name] + level)
        # A line break and an empty token have no area of their own to colour.
        mark = "" if text.strip("\n") else f'<i class="nl">{"↵" if text else "∎"}</i>'
        inside = escape(visible(text), quote=False)
        about = escape(visible("\n".join(told)))
        return Html(f'<span class="{" ".join(classes)}" title="{about}">{mark}{inside}</span>')


def value_at(track: Track, i: int) -> float:
    """A token's number; NaN beyond what the track has."""
    return track.values[i] if i < len(track.values) else float("nan")


def title(name: str) -> str:
    """What people call a track."""
    return TITLES.get(name, short(name, 40))


def switch(tracks: Tracks, scope: str) -> list[Html]:
    """Radio inputs, their labels and legends: they must stand before the cards, among their siblings.

    Args:
        tracks: that can be chosen.
        scope: a word that no other switch on the page has.
    """
    if not tracks.scales:
        return []
    inputs: list[Html] = []
    for letter, text in [("", "plain text"), *((letter, title(name)) for name, letter in tracks.letters.items())]:
        at = f"{scope}-k{letter}"
        kind = f"pick k{letter}"
        inputs.append(el("input", type="radio", name=f"{scope}-k", id=at, class_=kind, checked=not letter))
        inputs.append(el("label", text, for_=at, class_="chip"))
    legends = [legend(tracks.letters[name], name, scale) for name, scale in tracks.scales.items()]
    return [el("span", "Colour tokens by", class_="lead"), *inputs, el("div", *legends, class_="legends")]


def legend(letter: str, name: str, scale: Scale) -> Html:
    """Swatches from one end to the other, with numbers."""
    if scale.low == scale.high:
        return el(
            "p",
            el("span", f"{title(name)} is {number(scale.low)} at every token", class_="muted"),
            class_=f"legend l{letter}",
        )
    below, above = scale.clipped
    told = [f"{'≤ ' if below else ''}{number(scale.low)}", f"{'≥ ' if above else ''}{number(scale.high)}"]
    levels = [f"s{n}" for n in range(10)]
    if scale.centre is not None:
        levels = [*(f"n{n}" for n in range(5, 0, -1)), "z", *(f"p{n}" for n in range(1, 6))]
    elif scale.falling:
        told.reverse()
    bar = el("span", *(el("i", class_=f"sw {level}") for level in levels), class_="bar")
    middle = f" (middle {number(scale.centre)}; dotted below it)" if scale.centre is not None else ""
    words = el("span", title(name) + middle, class_="muted")
    return el("p", el("span", told[0]), bar, el("span", told[1]), words, class_=f"legend l{letter}")
