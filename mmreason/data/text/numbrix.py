"""Numbrix."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import shown
from mmreason.errors import RecipeError
from mmreason.rewards.puzzles.cells import Cell


@dataclass(frozen=True, kw_only=True)
class Numbrix(Family):
    """SynLogic's Numbrix, arXiv:2505.19641: a path of neighbouring cells through a square. Every solution counts.

    The side goes from 3 at level 1 to 9 at level 10.

    Args:
        side: 3 to 9; None as the level says.
        filled: share of the cells whose number is given.
    """

    side: int | None = None
    filled: float = 0.3

    name: ClassVar[str] = "numbrix"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a path and blank most of it out."""
        side = dial(self.side, (3, 4, 4, 5, 5, 6, 6, 7, 8, 9)[self.level - 1], 3, 9, "Numbrix: side")
        if not 0.0 <= self.filled < 1.0:
            raise RecipeError(f"Numbrix: filled is {self.filled}, expected 0 to less than 1")
        path = drawn_path(rng, side)
        number = {cell: at for at, cell in enumerate(path, 1)}
        full = [[number[r, c] for c in range(side)] for r in range(side)]
        kept = rng.sample(path, round(self.filled * len(path)))
        grid = [[full[r][c] if (r, c) in kept else 0 for c in range(side)] for r in range(side)]
        return Puzzle(
            question=(
                f"Fill the blanks (_) of this square with the numbers from 1 to {side * side} that are missing, so "
                "that each number stands directly above, below, left or right of the next one.\n\n"
                f"{shown(grid)}\n\nAnswer with the full square: a row a line, numbers apart by spaces."
            ),
            answer=shown(full),
            record={"givens": grid},
        )


def drawn_path(rng: random.Random, side: int) -> list[Cell]:
    """Draw a path through all cells: rows to and fro, then one end after the other joins on elsewhere."""
    path = [(r, c if r % 2 == 0 else side - 1 - c) for r in range(side) for c in range(side)]
    for _ in range(4 * side * side):
        if rng.random() < 0.5:
            path.reverse()
        r, c = path[-1]
        near = [(r + i, c + j) for i, j in ((0, 1), (1, 0), (0, -1), (-1, 0))]
        at = path.index(rng.choice([cell for cell in near if cell in path and cell != path[-2]]))
        path[at + 1 :] = path[at + 1 :][::-1]
    return path
