"""How near a number is to the value of an expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.math_text import MAX_MATH, spell
from mmreason.parsing.numbers import parse_number
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


def calculation_reward(answer: float | None, gold: float) -> float:
    """Give 1 for the value itself, less the further an answer is from it, in [0, 1].

    ``1 - min(|a - b|, 1) / 2 - min(|a - b| / (|b| + 1e-6), 1) / 2``; 0 where there is no finite number.

    >>> round(calculation_reward(10.5, 10.0), 6)
    0.725
    """
    if answer is None or not abs(answer) < float("inf"):
        return 0.0
    gap = abs(answer - gold)
    return 1.0 - 0.5 * min(gap, 1.0) - 0.5 * min(gap / (abs(gold) + 1e-6), 1.0)


def decimal_answer(text: str) -> float | None:
    """Read an answer that is one decimal number and nothing else; None for anything else.

    A fraction is refused: it would let a policy repeat the question ``3/4``. ``50%`` is 0.5.
    """
    if len(text) > MAX_MATH:
        return None
    plain = spell(text)
    number = None if "/" in plain or "frac" in plain else parse_number(plain)
    try:
        return None if number is None else float(number.value / 100 if number.percent else number.value)
    except OverflowError:
        return None


@dataclass(frozen=True)
class CalculationReward(CompletionReward):
    """RandomCalculation's continuous reward, arXiv:2507.10532: full marks for the value, some for coming near.

    Without a readable number 0; NaN for a task whose gold answer is none. For right or wrong alone use
    ``MathAccuracy(tolerance=...)``.

    Args:
        extract: Completion text to answer, None where there is none. A module-level function, as keys are compared.
    """

    extract: Callable[[str], str | None] = math_answer

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        gold = None if task.answer is None else decimal_answer(task.answer)
        if gold is None:
            return float("nan")
        return calculation_reward(decimal_answer(self.extract(completion.text) or ""), gold)
