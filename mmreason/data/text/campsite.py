"""Campsite."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.errors import RecipeError
from mmreason.rewards.puzzles.cells import Cell


@dataclass(frozen=True, kw_only=True)
class Campsite(Family):
    """SynLogic's campsite, arXiv:2505.19641: a tent for each tree, no two tents touching. Every solution counts.

    The side goes from 4 at level 1 to 10 at level 10.

    Args:
        side: 3 to 12; None as the level says.
        density: share of the cells that are trees, as far as there is room for their tents.
    """

    side: int | None = None
    density: float = 0.2

    name: ClassVar[str] = "campsite"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 < self.density <= 0.25:
            raise RecipeError(f"Campsite: density is {self.density}, expected more than 0 and at most 0.25")

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Pitch tents and plant a tree beside each."""
        side = dial(self.side, (4, 4, 5, 6, 6, 7, 8, 8, 9, 10)[self.level - 1], 3, 12, "Campsite: side")
        tents, trees = pitched(rng, side, max(round(self.density * side * side), 1))
        if len(tents) < 2:
            return None
        rows = [sum(r == at for r, _ in tents) for at in range(side)]
        columns = [sum(c == at for _, c in tents) for at in range(side)]
        field = "\n".join(" ".join("T" if (r, c) in trees else "." for c in range(side)) for r in range(side))
        return Puzzle(
            question=(
                f"On this field T is a tree:\n\n{field}\n\nPitch {len(trees)} tents on cells without a tree. Each tree "
                "has one tent of its own directly above, below, left or right of it; no two tents touch, not even at a "
                f"corner.\nTents in each row: {' '.join(map(str, rows))}\nTents in each column: "
                f"{' '.join(map(str, columns))}\nAnswer with the row and column of each tent, counted from 1, as "
                "(row, column), apart by commas."
            ),
            answer=", ".join(f"({r + 1}, {c + 1})" for r, c in sorted(tents)),
            record={"trees": [list(tree) for tree in sorted(trees)], "rows": rows, "columns": columns},
        )


def pitched(rng: random.Random, side: int, num: int) -> tuple[list[Cell], list[Cell]]:
    """Draw up to ``num`` tents that do not touch, each with its tree."""
    tents: list[Cell] = []
    trees: list[Cell] = []
    cells = [(r, c) for r in range(side) for c in range(side)]
    rng.shuffle(cells)
    for r, c in cells:
        beside = [(r + i, c + j) for i, j in ((0, 1), (1, 0), (0, -1), (-1, 0))]
        room = [(a, b) for a, b in beside if 0 <= a < side and 0 <= b < side and (a, b) not in (*tents, *trees)]
        apart = all(max(abs(r - a), abs(c - b)) > 1 for a, b in tents)
        if len(tents) < num and room and apart and (r, c) not in trees:
            tents.append((r, c))
            trees.append(rng.choice(room))
    return tents, trees
