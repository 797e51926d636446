"""How a map is drawn: five manners for the same network. Not from a paper."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for
from vision_data.generators.transit.spec import Node, known

Point = tuple[float, float]
MIXED = "mixed"


@dataclass(frozen=True)
class Style:
    """One manner.

    Attributes:
        ground: colour of the paper.
        ink: colour of words.
        casing: colour of a thin rim around tracks, which keeps dark lines apart from dark paper; empty for none.
        rounded: bends without a station are round.
        ticks: stations of one line are short bars across it, interchanges are discs with a dark rim; stations with
            letters have no room for that.
        river: a river and a park lie below the tracks.
    """

    ground: str = "white"
    ink: str = "#111111"
    casing: str = ""
    rounded: bool = False
    ticks: bool = False
    river: bool = False


STYLES = {
    "classic": Style(),
    "rounded": Style(rounded=True),
    "ticks": Style(rounded=True, ticks=True),
    "night": Style("#1b2028", "#f4f4f4", "#eceff3"),
    "paper": Style("#f7f1e3", "#2a2723", rounded=True, river=True),
}


def style_of(name: str, lettered: bool, split: str, seed: int) -> str:
    """The style itself, or for `mixed` one that is drawn for this map.

    Raises:
        MediaError: the style is unknown, or it is `ticks` and stations are letters.
    """
    known("style", name, (*STYLES, MIXED))
    if name == MIXED:
        return rng_for("transit style", split, seed).choice(
            [k for k, s in STYLES.items() if not (lettered and s.ticks)]
        )
    if lettered and STYLES[name].ticks:
        raise MediaError(
            "transit map: stations with letters need discs; use another style than 'ticks', or a larger level"
        )
    return name


def rounded_path(path: Sequence[Node], stops: Collection[Node], cell: float, reach: float = 0.45) -> list[Point]:
    """Pixel points along a line, its bends cut by a curve where no station stands in them.

    Args:
        path: lattice nodes of the line.
        stops: nodes with a station of any line.
        cell: distance of neighbouring nodes, pixels.
        reach: how far from a bend its curve begins, in cells; under 0.5.
    """
    points = [((col + 0.5) * cell, (row + 0.5) * cell) for col, row in path]
    drawn = [points[0]]
    for at in range(1, len(path) - 1):
        before, here, after = points[at - 1], points[at], points[at + 1]
        straight = math.isclose(before[0] + after[0], 2 * here[0]) and math.isclose(before[1] + after[1], 2 * here[1])
        if straight or path[at] in stops:
            drawn.append(here)
            continue
        start, end = _between(here, before, reach), _between(here, after, reach)
        drawn += [_bezier(start, here, end, step / 8) for step in range(9)]
    return [*drawn, points[-1]]


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _bezier(start: Point, bend: Point, end: Point, share: float) -> Point:
    return _between(_between(start, bend, share), _between(bend, end, share), share)


def across(path: Sequence[Node], node: Node) -> Point:
    """The unit vector across a line at one of its nodes."""
    at = path.index(node)
    before, after = path[max(0, at - 1)], path[min(len(path) - 1, at + 1)]
    dx, dy = after[0] - before[0], after[1] - before[1]
    length = math.hypot(dx, dy)
    return -dy / length, dx / length
