"""Sudoku."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import drawn, shown, solutions
from mmreason.data.text.thinning import thin
from mmreason.errors import RecipeError

BOXES = {4: (2, 2), 6: (2, 3), 9: (3, 3)}
SIDES = (4, 4, 6, 6, 6, 9, 9, 9, 9, 9)
BLANKS = (6, 10, 12, 18, 24, 24, 32, 40, 46, 52)


@dataclass(frozen=True, kw_only=True)
class Sudoku(Family):
    """SynLogic's Sudoku, arXiv:2505.19641, with exactly one solution.

    Levels 1 and 2 have side 4, 3 to 5 side 6, from 6 on side 9; within a side there are ever more blanks.

    Args:
        side: 4, 6 or 9; None as the level says.
        blanks: cells to be filled, fewer where the solution would not be the only one; None as the level says.
    """

    side: int | None = None
    blanks: int | None = None

    name: ClassVar[str] = "sudoku"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a full square and take numbers away."""
        side = self.side or SIDES[self.level - 1]
        if side not in BOXES:
            raise RecipeError(f"Sudoku: side is {side}, expected 4, 6 or 9")
        blanks = dial(self.blanks, BLANKS[self.level - 1], 1, side * side - side, "Sudoku: blanks")
        box, full = BOXES[side], drawn(rng, side, BOXES[side])
        cells = [(r, c) for r in range(side) for c in range(side)]
        rng.shuffle(cells)

        def givens(kept: list[tuple[int, int]]) -> list[list[int]]:
            stays = set(kept)
            return [[full[r][c] if (r, c) in stays else 0 for c in range(side)] for r in range(side)]

        kept = thin(cells, lambda some: len(solutions(givens(some), box)) == 1, side * side - blanks)
        puzzle = givens(kept)
        return Puzzle(
            question=(
                f"Fill this Sudoku of side {side}. Every row, every column and every box of {box[0]} rows and {box[1]} "
                f"columns must hold the numbers 1 to {side} once each; _ is a blank. It has exactly one solution.\n\n"
                f"{shown(puzzle)}\n\nAnswer with the full grid: a row a line, numbers apart by spaces."
            ),
            answer=shown(full),
            record={"givens": puzzle, "box": list(box)},
        )
