"""Kakurasu."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import Grid
from mmreason.rewards.puzzles.cells import weigh


@dataclass(frozen=True, kw_only=True)
class Kakurasu(Family):
    """SynLogic's Kakurasu, arXiv:2505.19641: cells to be marked by the sums of their places, with one solution.

    The side goes from 3 at level 1 to 7 at level 10.

    Args:
        side: 3 to 8; None as the level says.
    """

    side: int | None = None

    name: ClassVar[str] = "kakurasu"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Mark cells; None where the sums fit another solution too."""
        side = dial(self.side, (3, 4, 4, 5, 5, 6, 6, 6, 7, 7)[self.level - 1], 3, 8, "Kakurasu: side")
        grid = [[int(rng.random() < 0.5) for _ in range(side)] for _ in range(side)]
        rows = [weigh(row) for row in grid]
        columns = [weigh(column) for column in zip(*grid, strict=True)]
        key = f"{rows} {columns}"
        if not self.has(key) or len(fillings(rows, columns)) != 1:
            return None
        return Puzzle(
            question=(
                f"Mark some cells of a square with {side} rows and {side} columns. A marked cell adds the number of "
                "its column to the sum of its row, and the number of its row to the sum of its column (both count from "
                f"1).\nSums of the rows: {' '.join(map(str, rows))}\nSums of the columns: {' '.join(map(str, columns))}"
                "\nThere is exactly one solution. Answer with the square: a row a line, 1 for a marked cell and 0 for "
                "another, apart by spaces."
            ),
            answer="\n".join(" ".join(map(str, row)) for row in grid),
            record={"rows": rows, "columns": columns},
            key=key,
        )


def fillings(rows: Sequence[int], columns: Sequence[int], limit: int = 2) -> list[Grid]:
    """Find up to ``limit`` squares with these sums."""
    fitting = [[row for row in product((0, 1), repeat=len(columns)) if weigh(row) == total] for total in rows]
    found: list[Grid] = []

    def search(chosen: list[tuple[int, ...]], left: list[int]) -> None:
        at = len(chosen)
        if at == len(rows):
            if not any(left):
                found.append([list(row) for row in chosen])
            return
        to_come = sum(range(at + 2, len(rows) + 1))
        for row in fitting[at]:
            after = [have - (at + 1) * cell for have, cell in zip(left, row, strict=True)]
            if all(0 <= have <= to_come for have in after):
                search([*chosen, row], after)
            if len(found) >= limit:
                return

    search([], list(columns))
    return found
