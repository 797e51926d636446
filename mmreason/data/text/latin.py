"""Solutions of squares in which no number comes twice in a row or column."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeAlias

Grid: TypeAlias = list[list[int]]
Fits: TypeAlias = Callable[[Grid, int, int], bool]
Mask: TypeAlias = Callable[[Grid, int, int], int]


def solutions(
    givens: Sequence[Sequence[int]],
    box: tuple[int, int] | None = None,
    fits: Fits | None = None,
    limit: int = 2,
    rng: random.Random | None = None,
    mask: Mask | None = None,
) -> list[Grid]:
    """Find up to ``limit`` ways to fill a square, 0 being blank.

    Args:
        givens: what stands in it.
        box: height and width of boxes that hold every number once too; None for none.
        fits: says whether a square with blanks can still be right, after a number came to a row and column.
        limit: where the search ends.
        rng: in which order numbers are tried; None from small to large.
        mask: gives the numbers, as bits from the lowest, that a blank cell may still get for another reason.
    """
    search = _Search(givens, box, fits, limit, rng, mask)
    search.run()
    return search.found


def drawn(rng: random.Random, side: int, box: tuple[int, int] | None = None) -> Grid:
    """Draw a full square."""
    return solutions([[0] * side for _ in range(side)], box, limit=1, rng=rng)[0]


def shown(grid: Sequence[Sequence[int]], blank: str = "_") -> str:
    """Write a grid, a row a line."""
    return "\n".join(" ".join(str(cell) if cell else blank for cell in row) for row in grid)


class _Search:
    """Fills the cell that has the fewest numbers left."""

    def __init__(
        self,
        givens: Sequence[Sequence[int]],
        box: tuple[int, int] | None,
        fits: Fits | None,
        limit: int,
        rng: random.Random | None,
        mask: Mask | None,
    ) -> None:
        side = len(givens)
        self.grid: Grid = [[0] * side for _ in range(side)]
        self.fits, self.limit, self.rng, self.mask = fits, limit, rng, mask
        self.found: list[Grid] = []
        self.units = [[r, side + c] for r in range(side) for c in range(side)]
        """Of each cell: which row, column and box it is in."""
        if box is not None:
            for r in range(side):
                for c in range(side):
                    self.units[r * side + c].append(2 * side + r // box[0] * (side // box[1]) + c // box[1])
        self.free = [(1 << side) - 1] * (3 * side)
        """Numbers that are left for each row, column and box, as bits."""
        self.blank = [r * side + c for r in range(side) for c in range(side) if not givens[r][c]]
        self.fine = all(
            self.put(r * side + c, 1 << number - 1)
            for r in range(side)
            for c in range(side)
            if (number := givens[r][c])
        )

    def left(self, cell: int) -> int:
        a, b, *box = self.units[cell]
        return self.free[a] & self.free[b] & (self.free[box[0]] if box else -1)

    def choices(self, cell: int) -> int:
        left = self.left(cell)
        return left if self.mask is None or not left else left & self.mask(self.grid, *divmod(cell, len(self.grid)))

    def put(self, cell: int, bit: int) -> bool:
        if not self.left(cell) & bit:
            return False
        for unit in self.units[cell]:
            self.free[unit] ^= bit
        r, c = divmod(cell, len(self.grid))
        self.grid[r][c] = bit.bit_length()
        return True

    def take(self, cell: int, bit: int) -> None:
        for unit in self.units[cell]:
            self.free[unit] ^= bit
        r, c = divmod(cell, len(self.grid))
        self.grid[r][c] = 0

    def run(self) -> None:
        if not self.fine:
            return
        if not self.blank:
            self.found.append([list(row) for row in self.grid])
            return
        cell = min(self.blank, key=lambda cell: self.choices(cell).bit_count())
        self.blank.remove(cell)
        left = self.choices(cell)
        bits = [1 << i for i in range(len(self.grid)) if left >> i & 1]
        if self.rng is not None:
            self.rng.shuffle(bits)
        for bit in bits:
            self.put(cell, bit)
            if self.fits is None or self.fits(self.grid, *divmod(cell, len(self.grid))):
                self.run()
            self.take(cell, bit)
            if len(self.found) >= self.limit:
                break
        self.blank.append(cell)
