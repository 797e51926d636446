"""Right or wrong, for short answers about charts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmreason.errors import DataError, RecipeError
from mmreason.parsing.boxed import last_boxed
from mmreason.parsing.tables import year_like
from mmreason.rewards.golds import AgainstGold, Extract, place
from mmreason.rewards.numeric_match import numeric_match
from mmreason.rewards.text_match import text_match
from mmreason.types import Task


@dataclass(frozen=True)
class ChartAccuracy(AgainstGold):
    r"""1 where the last ``\boxed{...}`` is the gold answer, else 0, as in Code-as-Thought, arXiv:2509.09286.

    A number may be off by 5 % of the gold one, ChartQA's relaxed accuracy (arXiv:2203.10244); the paper calls its own
    matcher stringent and says no more. Years (1800 to 2100) must be equal. Where the record has ``tolerance``, as
    generated charts do, a number may be off by so much and no share. Other answers are compared as normalised text.

    Args:
        relative: Largest distance of numbers as a share of the gold.
        extract: Completion text to answer, None where there is none.

    Raises:
        RecipeError: ``relative`` is negative or not finite.
        DataError: in ``rate``, if ``tolerance`` is no number of at least 0.
    """

    relative: float = 0.05
    extract: Extract = last_boxed

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0.0 <= self.relative < math.inf:
            raise RecipeError(f"ChartAccuracy: relative is {self.relative}, expected a finite number of at least 0")

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1 or 0."""
        absolute, relative = 0.0, 0.0 if year_like([gold]) else self.relative
        if (given := task.record.get("tolerance")) is not None:
            if not isinstance(given, int | float) or not 0 <= given < math.inf:
                raise DataError(f"{place(task)}: tolerance is {given!r}, expected a number of at least 0")
            absolute, relative = float(given), 0.0
        value = numeric_match(text, gold, absolute, relative, self.extract)
        return text_match(text, gold, self.extract) if math.isnan(value) else value
