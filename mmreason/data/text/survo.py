"""Survo."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.latin import shown


@dataclass(frozen=True, kw_only=True)
class Survo(Family):
    """SynLogic's Survo, arXiv:2505.19641: blanks to be filled so that all sums hold. Every solution counts.

    The square has side 3 and 3 blanks at level 1, side 5 and 15 blanks at level 10.

    Args:
        side: 2 to 6; None as the level says.
        blanks: cells to be filled; None as the level says.
        largest: numbers are 1 to this.
    """

    side: int | None = None
    blanks: int | None = None
    largest: int = 9

    name: ClassVar[str] = "survo"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw a full square and take numbers out."""
        side = dial(self.side, (3, 3, 3, 4, 4, 4, 4, 5, 5, 5)[self.level - 1], 2, 6, "Survo: side")
        blanks = dial(self.blanks, (3, 4, 6, 5, 7, 9, 11, 10, 12, 15)[self.level - 1], 1, side * side, "Survo: blanks")
        largest = dial(self.largest, 9, 1, 999, "Survo: largest")
        full = [[rng.randint(1, largest) for _ in range(side)] for _ in range(side)]
        gone = rng.sample([(r, c) for r in range(side) for c in range(side)], blanks)
        grid = [[0 if (r, c) in gone else full[r][c] for c in range(side)] for r in range(side)]
        numbers = sorted(full[r][c] for r, c in gone)
        rows, columns = [sum(row) for row in full], [sum(column) for column in zip(*full, strict=True)]
        table = "\n".join(f"{line} | {total}" for line, total in zip(shown(grid).split("\n"), rows, strict=True))
        return Puzzle(
            question=(
                f"Fill the blanks (_) with the numbers {', '.join(map(str, numbers))}, each used as often as it is "
                "listed, so that every row adds up to the number behind the bar and every column to the number below "
                f"it.\n\n{table}\n{'-' * 8}\n{' '.join(map(str, columns))}\n\nAnswer with the filled square without "
                "the sums: a row a line, numbers apart by spaces."
            ),
            answer=shown(full),
            record={"grid": grid, "numbers": numbers, "rows": rows, "columns": columns},
        )
