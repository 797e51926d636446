"""Short worked counts of things in generated scenes, by a teacher who overlooks as many as asked."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from mmreason.data.scene_cells import CELL
from mmreason.errors import RecipeError
from mmreason.seeds import seed_of


@dataclass(frozen=True)
class CountTeacher:
    """Writes ``num`` demonstrations for a counting question of ``Scenes``: how many so far, from cell to cell.

    Row by row, a number for each cell from left to right: of the things up to there. Numbers stand apart where one of
    them may have two digits. Each thing that was asked for is overlooked with probability ``slip``, and the answer is
    what was seen: the more there is to count, the oftener it is wrong. Texts depend on the task's id, the teacher and
    nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    slip: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not 0 <= self.slip <= 1:
            raise RecipeError(f"CountTeacher needs num >= 1 and slip from 0 to 1, got {self.num} and {self.slip}")

    def texts(self, id: str, record: Mapping[str, Any], answer: str) -> list[str]:
        """Give the demonstrations of a task.

        Args:
            id: of the task.
            record: with ``boxes`` of what is counted, in pixels, and ``size`` of the picture.
            answer: the right number.
        """
        return [self.text(random.Random(seed_of(self.seed, "teacher", id, i)), record) for i in range(self.num)]

    def text(self, rng: random.Random, record: Mapping[str, Any]) -> str:
        """One demonstration."""
        columns, rows = (-(-int(side) // CELL) for side in record["size"])
        here = [0] * (columns * rows)
        for left, top, right, bottom in record["boxes"]:
            if rng.random() >= self.slip:
                here[int((top + bottom) / 2) // CELL * columns + int((left + right) / 2) // CELL] += 1
        so_far = list(map(str, accumulate(here)))
        apart = "" if len(record["boxes"]) < 10 else " "
        listed = ", ".join(f"row {r + 1}: {apart.join(so_far[r * columns : (r + 1) * columns])}" for r in range(rows))
        return f"<think>In {listed}. In all {so_far[-1]}.</think><answer>{so_far[-1]}</answer>"
