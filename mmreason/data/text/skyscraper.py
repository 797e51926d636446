"""Skyscraper."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import Fits, Grid, drawn, shown, solutions
from mmreason.data.text.thinning import thin
from mmreason.rewards.puzzles.latin import lines_from, seen

SIDES = ("top", "bottom", "left", "right")
Clue = tuple[Any, ...]
"""Row, column and height of a given; or a side, the number of a line, and how many are seen."""


@dataclass(frozen=True, kw_only=True)
class Skyscraper(Family):
    """SynLogic's Skyscraper, arXiv:2505.19641: heights from how many are seen from each side, with one solution.

    Levels 1 to 4 have side 4, 5 to 8 side 5, from 9 on side 6; within a side there are ever fewer clues.

    Args:
        side: 3 to 6; None as the level says.
        clues: givens and views together, more where the solution would not be the only one; None as the level says.
    """

    side: int | None = None
    clues: int | None = None

    name: ClassVar[str] = "skyscraper"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a full square, note every clue and take some away, givens first."""
        side = dial(self.side, (4, 4, 4, 4, 5, 5, 5, 5, 6, 6)[self.level - 1], 3, 6, "Skyscraper: side")
        wanted = dial(
            self.clues, (22, 18, 14, 0, 30, 24, 20, 16, 40, 32)[self.level - 1], 0, 6 * side * side, "Skyscraper: clues"
        )
        full = drawn(rng, side)
        givens: list[Clue] = [(r, c, full[r][c]) for r in range(side) for c in range(side)]
        views: list[Clue] = [
            (where, at, seen(line)) for where in SIDES for at, line in enumerate(lines_from(full, where))
        ]
        rng.shuffle(givens)
        rng.shuffle(views)
        kept = thin([*givens, *views], lambda some: is_unique(side, some), wanted)
        grid, told = split(side, kept)
        lines = "\n".join(f"{where}: {' '.join(str(n) if n else '?' for n in told[where])}" for where in SIDES)
        return Puzzle(
            question=(
                f"A city has {side} rows and {side} columns of buildings with heights 1 to {side}; no height comes "
                "twice in a row or in a column. From outside one sees a building where no taller one stands before "
                f"it. What is known of the heights (_ is unknown):\n\n{shown(grid)}\n\nHow many are seen, from left to "
                f"right or from top to bottom (? is unknown):\n{lines}\n\nThere is exactly one solution. Answer with "
                "all heights: a row a line, numbers apart by spaces."
            ),
            answer=shown(full),
            record={"givens": grid, "views": told},
        )


def split(side: int, clues: Sequence[Clue]) -> tuple[Grid, dict[str, list[int]]]:
    """Give the square of the givens and the views, 0 being unknown."""
    known = {clue[:2]: clue[2] for clue in clues}
    grid = [[known.get((r, c), 0) for c in range(side)] for r in range(side)]
    return grid, {where: [known.get((where, at), 0) for at in range(side)] for where in SIDES}


def is_unique(side: int, clues: Sequence[Clue]) -> bool:
    """Say whether clues have exactly one solution."""
    grid, views = split(side, clues)
    return len(solutions(grid, fits=in_sight(views))) == 1


def in_sight(views: Mapping[str, Sequence[int]]) -> Fits:
    """Give what tells whether a square may still keep the views."""

    def fits(grid: Grid, row: int, column: int) -> bool:
        across, down = grid[row], [line[column] for line in grid]
        return (
            may_show(across, views["left"][row])
            and may_show(across[::-1], views["right"][row])
            and may_show(down, views["top"][column])
            and may_show(down[::-1], views["bottom"][column])
        )

    return fits


def may_show(line: Sequence[int], view: int) -> bool:
    """Say whether so many can be seen of a line with blanks."""
    if not view:
        return True
    known = line[: line.index(0)] if 0 in line else line
    count, tallest = seen(known), max(known, default=0)
    if tallest == len(line):
        return count == view
    return count < view <= count + len(line) - tallest
