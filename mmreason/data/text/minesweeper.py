"""Minesweeper."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import Grid
from mmreason.data.text.thinning import thin
from mmreason.rewards.puzzles.cells import Cell, around


@dataclass(frozen=True, kw_only=True)
class Minesweeper(Family):
    """SynLogic's Minesweeper, arXiv:2505.19641: all mines from the numbers shown, with one solution.

    The side goes from 4 at level 1 to 8 at level 10; 40 % of the cells show a number, more where the mines could lie
    otherwise too.

    Args:
        side: 3 to 10; None as the level says.
        mines: share of the cells that are mines.
        shown: least share of the cells that show their number.
    """

    side: int | None = None
    mines: float = 0.2
    shown: float = 0.4

    name: ClassVar[str] = "minesweeper"

    def draw(self, rng: random.Random) -> Puzzle:
        """Lay mines, show all numbers and hide some."""
        side = dial(self.side, (4, 4, 5, 5, 6, 6, 7, 7, 8, 8)[self.level - 1], 3, 10, "Minesweeper: side")
        cells = [(r, c) for r in range(side) for c in range(side)]
        rng.shuffle(cells)
        num = min(max(round(self.mines * side * side), 1), side * side - 1)
        mines, free = sorted(cells[:num]), cells[num:]
        kept = thin(
            free, lambda some: len(layouts(board(side, mines, some), num)) == 1, round(self.shown * side * side)
        )
        grid = board(side, mines, kept)
        text = "\n".join(" ".join("?" if number < 0 else str(number) for number in row) for row in grid)
        return Puzzle(
            question=(
                f"On this field a number says how many of the up to eight cells around it are mines; a mine is never "
                f"under a number, ? is hidden. There are {num} mines in all.\n\n{text}\n\nThe mines can lie in one way "
                "only. Answer with the row and column of each mine, counted from 1, as (row, column), apart by commas."
            ),
            answer=", ".join(f"({r + 1}, {c + 1})" for r, c in mines),
            record={"grid": grid, "mines": num},
        )


def board(side: int, mines: Collection[Cell], shown: Collection[Cell]) -> Grid:
    """Give the field with these cells shown and -1 for the others."""
    lie, seen = set(mines), set(shown)
    return [
        [sum(cell in lie for cell in around((r, c), side, side)) if (r, c) in seen else -1 for c in range(side)]
        for r in range(side)
    ]


def layouts(grid: Sequence[Sequence[int]], mines: int, limit: int = 2) -> list[set[Cell]]:
    """Find up to ``limit`` ways in which so many mines can lie."""
    cells = {(r, c): number for r, row in enumerate(grid) for c, number in enumerate(row)}
    need = {cell: number for cell, number in cells.items() if number >= 0}
    touching = {
        cell: [near for near in around(cell, len(grid), len(grid[0])) if near in need]
        for cell in cells
        if cell not in need
    }
    hidden = sorted(touching, key=lambda cell: (not touching[cell], cell))  # what no number tells of comes last
    open_ = {cell: sum(cell in near for near in touching.values()) for cell in need}
    found: list[set[Cell]] = []
    chosen: list[Cell] = []

    def search(at: int) -> None:
        left = mines - len(chosen)
        if not 0 <= left <= len(hidden) - at:
            return
        if at == len(hidden):
            if not any(need.values()):
                found.append(set(chosen))
            return
        cell = hidden[at]
        for mine in (1, 0):
            for near in touching[cell]:
                need[near] -= mine
                open_[near] -= 1
            if all(0 <= need[near] <= open_[near] for near in touching[cell]):
                chosen.extend([cell] * mine)
                search(at + 1)
                del chosen[len(chosen) - mine :]
            for near in touching[cell]:
                need[near] += mine
                open_[near] += 1
            if len(found) >= limit:
                return

    search(0)
    return found
