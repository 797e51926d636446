"""Further ways from token losses to one scalar; the usual ones stand in ``losses.base``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.losses.base import Over
from mmreason.signals import Signal
from mmreason.types import Batch, Completion, Group


@dataclass(frozen=True)
class SequenceSums(Over):
    """REINFORCE (arXiv:2402.14740): mean over completions of the sum of their tokens (verl's ``seq-mean-token-sum``).

    With a loss that is one number per sequence it is LUSPO (arXiv:2602.05261), that number times the length.
    ``empty=False`` leaves completions without a token to learn from out of the mean (verl).
    """

    empty: bool = True

    def factor(self, c: Completion) -> float:
        """Every token counts the same."""
        return 1.0

    def share(self, c: Completion) -> float:
        """One."""
        return float(self.empty or self.num(c) > 0)


@dataclass(frozen=True)
class PromptTokens(Signal[Tensor]):
    """[G] tokens of the whole group, noted at each completion, so that it stays true of a part of the group.

    Not from a paper.
    """

    truncated: bool = True

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Tensor]:
        """Count what the policy wrote."""
        over = SequenceSums(truncated=self.truncated)
        return [torch.full((len(g),), sum(map(over.num, g.completions)), dtype=torch.float64) for g in batch.groups]


@dataclass(frozen=True)
class Prompts(Over):
    """ScaleRL's prompt average, arXiv:2510.13786: mean over prompts of the mean over all tokens of their completions.

    Every prompt counts the same, however long its answers and however many of them there are.
    """

    tokens: PromptTokens = PromptTokens()

    def __post_init__(self) -> None:
        """Refuse to count tokens that the loss leaves out."""
        if self.tokens.truncated != self.truncated:
            raise RecipeError("Prompts(truncated=False) needs tokens=PromptTokens(truncated=False), and so the reverse")

    def factor(self, c: Completion) -> float:
        """For a completion that is alone with its prompt: one over its length."""
        return 1.0 / max(self.num(c), 1)

    def share(self, c: Completion) -> float:
        """For a completion that is alone with its prompt: one."""
        return 1.0

    def weigh(self, group: Group, i: int) -> float:
        """One over the tokens of the group."""
        return 1.0 / max(float(group[self.tokens][i]), 1.0)

    def count(self, batch: Batch) -> float:
        """Prompts on this rank."""
        return float(len(batch.groups))


@dataclass(frozen=True)
class MicroBatchTokens(Signal[Tensor]):
    """[G] tokens of the micro-batch that each completion falls in. Not from a paper.

    Micro-batches are made of ``rows`` completions in the order of the batch, the last one of what is left.
    """

    whole_batch: ClassVar[bool] = True
    rows: int = 1
    truncated: bool = True

    def __post_init__(self) -> None:
        """Refuse micro-batches of nothing."""
        if self.rows < 1:
            raise RecipeError(f"MicroBatchTokens needs rows >= 1, got {self.rows}")

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Tensor]:
        """Count what the policy wrote."""
        over = SequenceSums(truncated=self.truncated)
        nums = [over.num(c) for _, c in batch.pairs()]
        sums = [sum(nums[a : a + self.rows]) for a in range(0, len(nums), self.rows)]
        rows = iter([float(sums[i // self.rows]) for i in range(len(nums))])
        return [torch.tensor([next(rows) for _ in g.completions], dtype=torch.float64) for g in batch.groups]


@dataclass(frozen=True)
class MicroBatches(Over):
    """TRL's ``bnpo``: mean over micro-batches of the mean over their tokens. Not from a paper.

    The value depends on how large micro-batches are and on what they happen to hold; with one row each it is
    ``Sequences``. Kept for comparisons. The groups of an optimiser step must be whole micro-batches.
    """

    tokens: MicroBatchTokens = MicroBatchTokens()

    def __post_init__(self) -> None:
        """Refuse to count tokens that the loss leaves out."""
        if self.tokens.truncated != self.truncated:
            raise RecipeError(
                "MicroBatches(truncated=False) needs tokens=MicroBatchTokens(truncated=False), and so the reverse"
            )

    def factor(self, c: Completion) -> float:
        """For a completion that is a micro-batch by itself: one over its length."""
        return 1.0 / max(self.num(c), 1)

    def share(self, c: Completion) -> float:
        """For a completion that is a micro-batch by itself: one."""
        return 1.0

    def weigh(self, group: Group, i: int) -> float:
        """One over the tokens of the micro-batch."""
        return 1.0 / max(float(group[self.tokens][i]), 1.0)

    def count(self, batch: Batch) -> float:
        """Micro-batches on this rank."""
        return float(-(-sum(map(len, batch.groups)) // self.tokens.rows))
