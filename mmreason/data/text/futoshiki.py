"""Futoshiki."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import Grid, Mask, drawn, shown, solutions
from mmreason.data.text.thinning import thin

Cell = tuple[int, int]
Clue = tuple[int, ...]
"""Row, column and number of a given; or row, column, row, column of a smaller and a larger one."""


@dataclass(frozen=True, kw_only=True)
class Futoshiki(Family):
    """SynLogic's Futoshiki, arXiv:2505.19641: a Latin square with inequalities, and exactly one solution.

    Levels 1 to 4 have side 4, 5 to 8 side 5, from 9 on side 6; within a side there are ever fewer clues.

    Args:
        side: 3 to 7; None as the level says.
        clues: givens and inequalities together, more where the solution would not be the only one; None as the level
            says.
    """

    side: int | None = None
    clues: int | None = None

    name: ClassVar[str] = "futoshiki"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a full square, note every clue and take some away, givens first."""
        side = dial(self.side, (4, 4, 4, 4, 5, 5, 5, 5, 6, 6)[self.level - 1], 3, 7, "Futoshiki: side")
        wanted = dial(
            self.clues, (18, 15, 12, 0, 32, 28, 24, 20, 56, 50)[self.level - 1], 0, 3 * side * side, "Futoshiki: clues"
        )
        full = drawn(rng, side)
        givens: list[Clue] = [(r, c, full[r][c]) for r in range(side) for c in range(side)]
        less = [smaller_first(full, a, b) for a, b in neighbours(side)]
        rng.shuffle(givens)
        rng.shuffle(less)
        kept = thin([*givens, *less], lambda some: is_unique(side, some), wanted)
        grid, order = given_grid(side, kept), sorted(clue for clue in kept if len(clue) == 4)
        told = "\n".join(f"({a + 1},{b + 1}) < ({c + 1},{d + 1})" for a, b, c, d in order)
        return Puzzle(
            question=(
                f"Fill this square so that every row and every column holds the numbers 1 to {side} once each; _ is a "
                f"blank.\n\n{shown(grid)}\n\nThese inequalities must hold, where (r,c) is the number in row r and "
                f"column c:\n{told}\n\nThere is exactly one solution. Answer with the full square: a row a line, "
                "numbers apart by spaces."
            ),
            answer=shown(full),
            record={"givens": grid, "less": [list(clue) for clue in order]},
        )


def neighbours(side: int) -> list[tuple[Cell, Cell]]:
    """List all pairs of cells that share an edge."""
    across = [((r, c), (r, c + 1)) for r in range(side) for c in range(side - 1)]
    return across + [((r, c), (r + 1, c)) for r in range(side - 1) for c in range(side)]


def smaller_first(full: Grid, a: Cell, b: Cell) -> Clue:
    """Give the inequality of two cells."""
    return (*a, *b) if full[a[0]][a[1]] < full[b[0]][b[1]] else (*b, *a)


def given_grid(side: int, clues: list[Clue]) -> Grid:
    """Give the square of the givens, 0 being blank."""
    known = {clue[:2]: clue[2] for clue in clues if len(clue) == 3}
    return [[known.get((r, c), 0) for c in range(side)] for r in range(side)]


def is_unique(side: int, clues: list[Clue]) -> bool:
    """Say whether clues have exactly one solution."""
    return len(solutions(given_grid(side, clues), mask=inequalities(side, clues))) == 1


def inequalities(side: int, clues: list[Clue]) -> Mask:
    """Give what tells which numbers the inequalities leave to a cell.

    A cell that is at the end of a chain of inequalities has room for the chain below or above it.
    """
    above: dict[Cell, list[Cell]] = {}
    below: dict[Cell, list[Cell]] = {}
    for clue in clues:
        if len(clue) == 4:
            above.setdefault((clue[0], clue[1]), []).append((clue[2], clue[3]))
            below.setdefault((clue[2], clue[3]), []).append((clue[0], clue[1]))

    @cache
    def climb(cell: Cell) -> int:
        return max((1 + climb(other) for other in above.get(cell, ())), default=0)

    @cache
    def descent(cell: Cell) -> int:
        return max((1 + descent(other) for other in below.get(cell, ())), default=0)

    def mask(grid: Grid, row: int, column: int) -> int:
        cell = (row, column)
        high = min((known for r, c in above.get(cell, ()) if (known := grid[r][c])), default=side + 1) - 1
        low = max((grid[r][c] for r, c in below.get(cell, ())), default=0) + 1
        high, low = min(high, side - climb(cell)), max(low, 1 + descent(cell))
        return (1 << high) - (1 << low - 1) if low <= high else 0

    return mask
