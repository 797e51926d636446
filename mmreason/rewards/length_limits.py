"""Whether a completion is neither too short nor too long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from mmreason.errors import RecipeError
from mmreason.parsing.words import words_of
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import Extract, one_of
from mmreason.types import Completion, Task

Unit = Literal["tokens", "words", "characters"]


@dataclass(frozen=True)
class LengthLimits(CompletionReward):
    """1 where a completion's length is within limits, else 0. Not from a paper.

    Args:
        least: Smallest length.
        most: Largest length; None for no limit.
        unit: ``tokens``, ``words`` (each Chinese or Japanese character is one) or ``characters``.
        extract: Completion text to the part that is measured, None for all of it; with ``tokens`` all is measured.

    Raises:
        RecipeError: the limits are in the wrong order, or a setting is none of those there are.
    """

    least: int = 1
    most: int | None = None
    unit: Unit = "tokens"
    extract: Extract | None = None

    def __post_init__(self) -> None:
        one_of(self.unit, get_args(Unit), "LengthLimits: unit")
        if not 0 <= self.least <= (math.inf if self.most is None else self.most):
            raise RecipeError(f"LengthLimits: expected 0 <= least <= most, got {self.least} and {self.most}")
        if self.unit == "tokens" and self.extract is not None:
            raise RecipeError("LengthLimits: a part of a completion is measured in words or characters, not tokens")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1 or 0."""
        if self.unit == "tokens":
            length = len(completion.tokens)
        else:
            text = completion.text if self.extract is None else self.extract(completion.text) or ""
            length = len(words_of(text)) if self.unit == "words" else len(text)
        return float(self.least <= length and (self.most is None or length <= self.most))
