"""Short worked solutions of geometry problems, by a teacher who errs as often as asked."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import RecipeError
from mmreason.seeds import seed_of

_SIGNS = {"\N{ANGLE}": "", "\N{DEGREE SIGN}": ""}
"""Three letters are an angle; either sign costs a small tokenizer several tokens."""


def plain(text: str) -> str:
    r"""Leave out the signs for angles and degrees.

    >>> plain("\N{ANGLE}ABC = 40\N{DEGREE SIGN}")
    'ABC = 40'
    """
    for sign, written in _SIGNS.items():
        text = text.replace(sign, written)
    return text


@dataclass(frozen=True)
class StepsTeacher:
    """Writes ``num`` demonstrations for a geometry problem: its deductions with their reasons, and the number.

    With probability ``slip`` the last deduction comes to another of the four options, and so does the answer. Texts
    depend on the task's id, the teacher and nothing else.

    Raises:
        RecipeError: a number is out of range.
    """

    num: int = 2
    slip: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no number of texts or no probability."""
        if self.num < 1 or not 0 <= self.slip <= 1:
            raise RecipeError(f"StepsTeacher needs num >= 1 and slip from 0 to 1, got {self.num} and {self.slip}")

    def texts(self, id: str, record: Mapping[str, Any]) -> list[str]:
        """Give the demonstrations of a problem; its record has ``steps``, ``value``, ``unit`` and ``choices``."""
        return [self.text(random.Random(seed_of(self.seed, "teacher", id, i)), record) for i in range(self.num)]

    def text(self, rng: random.Random, record: Mapping[str, Any]) -> str:
        """One demonstration."""
        right = str(record["value"])
        *before, last = [plain(step) for step in record["steps"]]
        said = right
        if rng.random() < self.slip:
            choices = [plain(choice) for choice in record["choices"]]
            said = rng.choice([choice for choice in choices if choice != right])
            head, _, reason = last.rpartition(f"= {right} (")
            last = f"{head}= {said} ({reason}"
        return f"<think>{', '.join((*before, last))}</think><answer>{said}</answer>"
