"""Calcudoku."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import Fits, Grid, drawn, shown, solutions
from mmreason.rewards.puzzles.latin import cage_holds

Cell = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Calcudoku(Family):
    """SynLogic's Calcudoku, arXiv:2505.19641: a Latin square with cages of a known result, and one solution.

    Levels 1 to 3 have side 3, 4 to 7 side 4, from 8 on side 5; within a side the cages grow.

    Args:
        side: 3 to 6; None as the level says.
        largest: most cells of a cage; None as the level says.
    """

    side: int | None = None
    largest: int | None = None

    name: ClassVar[str] = "calcudoku"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw a full square and cages; None where they leave more than one solution."""
        side = dial(self.side, (3, 3, 3, 4, 4, 4, 4, 5, 5, 5)[self.level - 1], 3, 6, "Calcudoku: side")
        largest = dial(self.largest, (2, 3, 4, 2, 2, 3, 4, 2, 2, 3)[self.level - 1], 2, 4, "Calcudoku: largest")
        full = drawn(rng, side)
        cages = [caged(rng, full, cells) for cells in partition(rng, side, largest)]
        told = "\n".join(described(cage) for cage in cages)
        if not self.has(told) or len(solutions([[0] * side for _ in range(side)], fits=in_cages(cages))) != 1:
            return None
        return Puzzle(
            question=(
                f"Fill a square of side {side} so that every row and every column holds the numbers 1 to {side} once "
                "each, and the numbers of each group of cells give its result. For - and / the largest number of the "
                f"group comes first. (r,c) is row r and column c.\n\n{told}\n\nThere is exactly one solution. Answer "
                "with the full square: a row a line, numbers apart by spaces."
            ),
            answer=shown(full),
            record={"side": side, "cages": cages},
            key=told,
        )


def described(cage: dict[str, Any]) -> str:
    """Write a cage as a line."""
    cells = " ".join(f"({r + 1},{c + 1})" for r, c in cage["cells"])
    how = f" with {cage['op']}" if len(cage["cells"]) > 1 else ""
    return f"{cells}: {cage['target']}{how}"


def partition(rng: random.Random, side: int, largest: int) -> list[list[Cell]]:
    """Cut a square into connected groups."""
    left = {(r, c): None for r in range(side) for c in range(side)}
    groups = []
    while left:
        group = [next(iter(left))]
        del left[group[0]]
        size = rng.randint(1, largest)
        while len(group) < size:
            beside = sorted(
                {(r + i, c + j) for r, c in group for i, j in ((0, 1), (1, 0), (0, -1), (-1, 0))} & set(left)
            )
            if not beside:
                break
            group.append(rng.choice(beside))
            del left[group[-1]]
        groups.append(sorted(group))
    return groups


def caged(rng: random.Random, full: Grid, cells: Sequence[Cell]) -> dict[str, Any]:
    """Choose an operation for a group: - and / for two cells, / where it comes out even."""
    numbers = sorted((full[r][c] for r, c in cells), reverse=True)
    ops = ["+", "*"] if len(numbers) > 1 else ["+"]
    if len(numbers) == 2:
        ops += ["-"] + ["/"] * (numbers[0] % numbers[1] == 0)
    op = rng.choice(ops)
    (target,) = [n for n in range(sum(numbers) + 6 ** len(numbers)) if cage_holds(numbers, op, n)][:1]
    return {"cells": [list(cell) for cell in cells], "op": op, "target": target}


def in_cages(cages: Sequence[dict[str, Any]]) -> Fits:
    """Give what tells whether a square keeps the cages that are full."""
    home = {(r, c): cage for cage in cages for r, c in cage["cells"]}

    def fits(grid: Grid, row: int, column: int) -> bool:
        cage = home[row, column]
        numbers = [grid[r][c] for r, c in cage["cells"]]
        return 0 in numbers or cage_holds(numbers, cage["op"], cage["target"])

    return fits
