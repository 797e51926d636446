"""Kinds, levels and splits of the charts. Not from a paper."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from vision_data.errors import MediaError

KINDS = ("bar", "grouped", "stacked", "line", "scatter", "pie")
SPLITS = ("train", "test")
TYPES = (
    "lookup",
    "comparison",
    "extreme",
    "difference",
    "sum",
    "ratio",
    "trend",
    "counting",
    "yes_no",
    "appearance",
)
"""What is asked; the last asks for a colour, which no table of the data holds."""


@dataclass(frozen=True)
class Level:
    """How large and how full a chart is; ranges include both ends. Change a preset with `dataclasses.replace`.

    Attributes:
        name: what records call it.
        size: width and height, pixels.
        font: height of the text, pixels.
        categories: how many bars, groups of bars, slices (at most 8) or points of a line.
        series: how many colours of grouped and stacked bars and how many lines.
        points: how many points a readable scatter has.
        lattice: the value axis has this many steps; every value is a whole number of steps.
        ticks: the value axis has this many numbered intervals.
        steps: sizes of a step to draw from.
        printed: share of the readable charts that carry their values as text (pies always do).
        unreadable: share of the charts that are too dense to copy out or have no scale.
        dense: points of each line, or of each group of a scatter, when the chart is dense.
        lettered: categories are single letters and series bear the name of their colour; no title, no legend.
        slot: of standing bars, the room of one category, pixels: axes then begin so far from the left and from below,
            whatever stands there, and what names a category is in the middle of its room. With 28 pixels it falls into
            one image token of Qwen2-VL. 0 lets matplotlib decide.
    """

    name: str
    size: tuple[int, int]
    font: int
    categories: tuple[int, int]
    series: tuple[int, int]
    points: tuple[int, int]
    lattice: int
    ticks: int
    steps: tuple[float, ...]
    printed: float = 0.5
    unreadable: float = 0.25
    dense: tuple[int, int] = (50, 90)
    lettered: bool = False
    slot: int = 0


LEVELS = {
    "tiny": Level("tiny", (168, 168), 10, (3, 5), (2, 2), (4, 6), 10, 5, (1,), dense=(40, 60), lettered=True),
    "easy": Level("easy", (448, 336), 12, (4, 6), (2, 2), (6, 9), 20, 4, (1, 5, 50)),
    "middle": Level("middle", (616, 448), 12, (6, 9), (2, 3), (8, 14), 60, 6, (0.5, 1, 10)),
    "hard": Level("hard", (896, 616), 13, (9, 14), (3, 5), (12, 20), 120, 6, (0.1, 0.5, 5)),
}


def known(what: str, given: str, options: Iterable[str]) -> str:
    """`given` itself, or one clear line that proposes the nearest known word.

    Raises:
        MediaError: `given` is not among `options`.
    """
    words = list(options)
    if given in words:
        return given
    near = difflib.get_close_matches(str(given), words, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(words)}"
    raise MediaError(f"chart: unknown {what} {given!r}; {hint}")


def checked(level: Level) -> Level:
    """`level` itself when its numbers make a chart.

    Raises:
        MediaError: a range is not ordered or too wide, or a share is outside [0, 1].
    """
    limits = {"categories": (2, 16), "series": (2, 5), "points": (3, 24), "dense": (40, 400), "size": (112, 2048)}
    for field, (low, high) in limits.items():
        first, last = getattr(level, field)
        if not (low <= first <= high and low <= last <= high) or (first > last and field != "size"):
            raise MediaError(
                f"chart level: {field} must be an ordered pair within {low} to {high}, got {first}, {last}"
            )
    for field in ("printed", "unreadable"):
        if not 0 <= getattr(level, field) <= 1:
            raise MediaError(f"chart level: {field} is a share from 0 to 1, got {getattr(level, field)}")
    if level.ticks < 1 or level.lattice % level.ticks or level.lattice < 10:
        raise MediaError(
            f"chart level: lattice must be at least 10 and divisible by ticks, got {level.lattice} and {level.ticks}"
        )
    if level.points[1] > level.lattice or not level.steps or min(level.steps) <= 0 or level.font < 8:
        raise MediaError("chart level: needs positive steps, a font from 8 px, and at most as many points as steps")
    if level.slot and (level.slot < 2 * level.font - 1 or (level.categories[1] + 1) * level.slot > level.size[0]):
        raise MediaError(
            f"chart level: a slot takes at least about twice the font's height, and {level.categories[1] + 1} of them "
            f"the width of the chart at most, got {level.slot}"
        )
    if level.lettered and level.series[1] > 2:
        raise MediaError(f"chart level: a lettered chart has two series, got up to {level.series[1]}")
    return level
