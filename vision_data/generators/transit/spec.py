"""The levels of maps and the two splits. Not from a paper."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from vision_data.errors import MediaError

Node = tuple[int, int]
"""(column, row) of the lattice, both from 0, rows counted downwards."""

SPLITS = ("train", "test")

COLOUR_LINES = (
    ("Red Line", "#d81e2c"),
    ("Blue Line", "#1f4fd8"),
    ("Green Line", "#1f9d3a"),
    ("Orange Line", "#ff9a00"),
)
NUMBER_COLOURS = (
    "#d81e2c",
    "#1f4fd8",
    "#1f9d3a",
    "#ff9a00",
    "#7b2fbf",
    "#00a8c6",
    "#8b5a2b",
    "#ff5fa8",
    "#5f6b7a",
    "#a4c400",
    "#002b5c",
    "#c9a227",
)


@dataclass(frozen=True)
class Level:
    """One size of map; ranges include both ends.

    Attributes:
        canvas: side of the square picture, pixels.
        cell: distance between neighbouring lattice nodes, pixels.
        cols: lattice columns.
        rows: lattice rows (the legend of the larger levels takes one row's place).
        lines: how many lines.
        stops: how many stations a line has.
        stations: how many stations the map has.
        steps: how many lattice steps a line is long.
        diagonal: whether lines may run at 45 degrees.
        lettered: stations are single letters inside their discs, lines have colour names, and there is no legend.
        branches: how many lines have a branch, a line of its own that begins at one of their stations.
        rated: difficulty of the map, easy, middle or hard; empty where the number of lines decides.
    """

    canvas: int
    cell: int
    cols: int
    rows: int
    lines: tuple[int, int]
    stops: tuple[int, int]
    stations: tuple[int, int]
    steps: tuple[int, int]
    diagonal: bool = True
    lettered: bool = False
    branches: tuple[int, int] = (0, 0)
    rated: str = ""


LEVELS = {
    "tiny": Level(168, 28, 6, 6, (2, 3), (3, 5), (5, 10), (3, 7), diagonal=False, lettered=True),
    "easy": Level(560, 70, 8, 7, (3, 4), (4, 7), (10, 24), (5, 9), rated="easy"),
    "middle": Level(840, 70, 12, 11, (5, 7), (5, 9), (20, 55), (7, 13), rated="middle"),
    "hard": Level(1120, 70, 16, 15, (8, 12), (6, 11), (40, 110), (9, 18), rated="hard"),
    "small": Level(224, 28, 8, 8, (3, 4), (4, 6), (8, 16), (4, 9), lettered=True),
    "grid": Level(840, 70, 12, 11, (5, 7), (5, 9), (20, 55), (7, 13), diagonal=False, rated="middle"),
    "branched": Level(840, 70, 12, 11, (4, 6), (5, 9), (25, 60), (7, 13), branches=(1, 3), rated="middle"),
    "crowded": Level(1120, 56, 20, 19, (10, 12), (8, 14), (85, 140), (12, 22), branches=(0, 2), rated="hard"),
}
BRANCH_STOPS = (3, 5)
"""Fewest and most stations of a branch, the one where it begins included."""


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
    raise MediaError(f"transit map: unknown {what} {given!r}; {hint}")
