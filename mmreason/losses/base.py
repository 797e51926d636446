"""What a loss is: rows that it wants with gradient, a sum over them, and what the sum is divided by.

The divisor is known before any forward and added over ranks, so a batch may be cut into any forwards.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Quantity, Role, Row, Score, Scores
from mmreason.credit.base import Credit
from mmreason.credit.group_norm import GroupNorm
from mmreason.types import Batch, Completion, Group, Knob


class Loss(ABC):
    """Frozen dataclass. ``ask`` and ``read`` as a probe has them, but the answer carries gradient into ``trains``."""

    trains: Role = POLICY
    weight: Knob = 1.0
    couples: ClassVar[Literal["completion", "group", "batch"]] = "completion"
    """How far one value of the sum looks: the planner may cut a batch only between these."""

    @abstractmethod
    def ask(self, group: Group) -> Sequence[Score]:
        """List the rows wanted for this group; none if nothing is to be learned from it."""

    @abstractmethod
    def count(self, batch: Batch) -> float:
        """Give this rank's share of the divisor; shares are added over ranks."""

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        """Give the group's part of the sum, a scalar."""
        raise NotImplementedError(f"{type(self).__name__} overrides neither read nor read_all")

    def read_all(self, batch: Batch, replies: Sequence[Sequence[Scores]]) -> Tensor:
        """Sum over the groups; only a loss that couples the batch overrides it."""
        found = [self.read(g, r) for g, r in zip(batch.groups, replies, strict=True) if r]
        return torch.stack(found).sum() if found else torch.zeros((), dtype=torch.float64)

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Numbers for the log, as name to (sum, count); called on the same replies, without gradient."""
        return {}


@dataclass(frozen=True)
class Over(ABC):
    """From token losses to one scalar: a factor per completion and a divisor.

    ``truncated=False`` is overlong filtering (DAPO, arXiv:2503.14476; ``mask_truncated_completions`` in TRL): a
    completion cut by the length limit adds no loss and its tokens are not counted. Its reward stays in the statistics
    of its group.
    """

    truncated: bool = field(default=True, kw_only=True)

    @abstractmethod
    def factor(self, c: Completion) -> float:
        """Factor of this completion's sum over tokens."""

    @abstractmethod
    def share(self, c: Completion) -> float:
        """What this completion adds to the divisor."""

    def takes(self, c: Completion) -> bool:
        """Whether the completion adds to the loss."""
        return self.truncated or c.finish != "length"

    def num(self, c: Completion) -> int:
        """Tokens that add to the loss: those that the policy wrote, of completions that are taken."""
        return int(c.wrote.sum()) if self.takes(c) else 0

    def weigh(self, group: Group, i: int) -> float:
        """Factor of completion i; overridden where it depends on the completion's company."""
        return self.factor(group.completions[i])

    def count(self, batch: Batch) -> float:
        """This rank's share of the divisor; every rank calls."""
        return sum(self.share(c) for _, c in batch.pairs())


@dataclass(frozen=True)
class Tokens(Over):
    """DAPO, arXiv:2503.14476: mean over all tokens of the whole batch, on all ranks."""

    def factor(self, c: Completion) -> float:
        """Every token counts the same."""
        return 1.0

    def share(self, c: Completion) -> float:
        """Tokens that the policy wrote."""
        return float(self.num(c))


@dataclass(frozen=True)
class Sequences(Over):
    """GRPO, arXiv:2402.03300: mean over completions of their token mean.

    A completion without any token to learn from counts as 0 in the mean (TRL); ``empty=False`` leaves it out (verl,
    OpenRLHF).
    """

    empty: bool = True

    def factor(self, c: Completion) -> float:
        """One over its length; an empty completion adds 0."""
        return 1.0 / max(self.num(c), 1)

    def share(self, c: Completion) -> float:
        """One."""
        return float(self.empty or self.num(c) > 0)


@dataclass(frozen=True)
class Constant(Over):
    """Dr. GRPO, arXiv:2503.20783: divided by completions times a constant length (the longest one allowed).

    ``per_completion=False`` divides by the length alone, whatever the number of completions (verl's
    ``seq-mean-token-sum-norm``).
    """

    length: int
    per_completion: bool = True

    def factor(self, c: Completion) -> float:
        """Every token counts the same."""
        return 1.0

    def share(self, c: Completion) -> float:
        """The constant, whatever was written."""
        return float(self.length)

    def count(self, batch: Batch) -> float:
        """The constant, for every completion or once over all ranks."""
        return super().count(batch) if self.per_completion else self.length / len(batch.across.gather([0]))


@dataclass(frozen=True, kw_only=True)
class TokenLoss(Loss):
    """A loss that is a number per token of each completion under its task's own prompt."""

    over: Over = Tokens()
    trains: Role = POLICY
    weight: Knob = 1.0
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (LogProb(),)

    @abstractmethod
    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """Give [T] for completion i; ``got`` holds one [T] per quantity wanted."""

    def used(self, group: Group) -> list[int]:
        """Completions whose rows are needed; the others cost no forward and still count in the divisor."""
        return [i for i, c in enumerate(group.completions) if self.over.takes(c)]

    def ask(self, group: Group) -> Sequence[Score]:
        """One row per completion that is used, under the prompt it is trained under."""
        cs = [group.completions[i] for i in self.used(group)]
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in cs if len(c.tokens))
        return [Score(self.trains, rows, self.want)] if rows else []

    def read(self, group: Group, replies: Sequence[Scores]) -> Tensor:
        """Sum over tokens that the policy wrote, completion by completion."""
        out = torch.zeros((), dtype=torch.float64)
        for i, got in self.rows(group, replies):
            c = group.completions[i]
            loss_T = self.tokens(group, i, got)
            out = out + (loss_T.double() * c.wrote.to(loss_T.device)).sum().cpu() * self.over.weigh(group, i)
        return out

    def rows(self, group: Group, replies: Sequence[Scores]) -> list[tuple[int, list[Tensor]]]:
        """Completions that were asked for, with what came back for each."""
        asked = [i for i in self.used(group) if len(group.completions[i].tokens)]
        return [(i, [replies[0][q][k] for q in self.want]) for k, i in enumerate(asked)]

    def count(self, batch: Batch) -> float:
        """Shares of all completions, used or not."""
        return self.over.count(batch)


@dataclass(frozen=True, kw_only=True)
class CreditLoss(TokenLoss):
    """A token loss that spends credit: completions without any cost no forward."""

    by: Credit = GroupNorm()

    def used(self, group: Group) -> list[int]:
        """Completions with credit somewhere."""
        return [i for i in super().used(group) if bool((group[self.by][i] != 0).any())]
