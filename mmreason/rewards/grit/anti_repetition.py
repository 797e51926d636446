"""Pays for not saying a phrase twice in a row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


def echoed_share(items: Sequence[Hashable], size: int) -> float:
    """Give the share of n-grams that the next items say again, 0 to 1; 0 where there is no room for two.

    >>> echoed_share("abababab", 2), echoed_share("abcdefgh", 2), echoed_share("ab", 2)
    (1.0, 0.0, 0.0)
    """
    num = len(items) - 2 * size + 1
    if num <= 0:
        return 0.0
    same = [one == other for one, other in zip(items, items[size:], strict=False)]
    echoed = run = 0
    for equal in same:
        run = run + 1 if equal else 0
        echoed += run >= size
    return echoed / num


@dataclass(frozen=True)
class AntiRepetition(CompletionReward):
    """A half, less for n-grams said twice in a row, as words and as tokens: GRIT's released code (arXiv:2505.15879).

    ``0.5 * (1 - share of words - share of tokens)``, so -0.5 for one phrase for ever; short texts get the half.

    Args:
        size: words or tokens of an n-gram.

    Raises:
        RecipeError: ``size`` is under 1.
    """

    size: int = 8

    def __post_init__(self) -> None:
        if self.size < 1:
            raise RecipeError(f"AntiRepetition: size is {self.size}, expected at least 1")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give -0.5 to 0.5."""
        words = echoed_share(completion.text.split(), self.size)
        return 0.5 * (1 - words - echoed_share(completion.tokens.tolist(), self.size))
