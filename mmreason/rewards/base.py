"""What a reward is: a signal of one number per completion, seen at the level it needs; and the table's columns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from mmreason.signals import Signal
from mmreason.types import Batch, Completion, Group, Knob, Task


class Reward(Signal[Tensor]):
    """[G] per group. Widest level: sees the batch, so its value is forgotten when the company changes."""

    whole_batch: ClassVar[bool] = True

    @abstractmethod
    def __call__(self, batch: Batch) -> list[Tensor]:
        """Give [G] float64 per group; NaN where nothing could be measured."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Tensor]:
        """Arithmetic only."""
        return self(batch)


class GroupReward(Reward):
    """A reward that sees its group."""

    whole_batch: ClassVar[bool] = False

    def __call__(self, batch: Batch) -> list[Tensor]:
        """Score every group."""
        return [self.score(group) for group in batch.groups]

    @abstractmethod
    def score(self, group: Group) -> Tensor:
        """Give [G] float64; NaN where nothing could be measured."""


class CompletionReward(GroupReward):
    """A reward that sees one completion."""

    def score(self, group: Group) -> Tensor:
        """Rate every completion."""
        return torch.tensor([self.rate(group.task, c) for c in group.completions], dtype=torch.float64)

    @abstractmethod
    def rate(self, task: Task, completion: Completion) -> float:
        """Give one number; NaN where nothing could be measured."""


class TokenReward(Signal["list[Tensor]"]):
    """G tensors [T] per group: a reward that sits on tokens (a step's last one, a query's, each one)."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[Tensor]]:
        """Arithmetic only."""
        return [self.place(group) for group in batch.groups]

    @abstractmethod
    def place(self, group: Group) -> list[Tensor]:
        """Give one [T] float64 per completion."""


@dataclass(frozen=True)
class Owned:
    """Which tokens a term's credit goes to: from the start to the end of the named span (prefix) or only inside it."""

    span: str
    prefix: bool = False

    def mask(self, c: Completion) -> Tensor:
        """Give [T] bool; all False where the completion has no such span."""
        m = torch.zeros(len(c.tokens), dtype=torch.bool)
        for a, b in c.span(self.span):
            m[0 if self.prefix else a : b] = True
        return m


@dataclass(frozen=True)
class Term:
    """One named column of the reward table."""

    name: str
    reward: Reward | TokenReward
    weight: Knob = 1.0
    owns: Owned | None = None
    """None: every token the policy wrote."""
    missing: Literal["skip", "group", "drop"] = "skip"
    """NaN leaves this term out for the completion, for its whole group, or drops the completion's credit."""


def stream(terms: tuple[Term, ...], group: Group, batch: Batch) -> Tensor:
    """Weighted sum [G] of scalar terms; NaN where nothing could be measured."""
    columns = [group[t.reward].double() for t in terms if isinstance(t.reward, Reward)]
    return combined(terms, columns, batch) if terms else torch.zeros(len(group), dtype=torch.float64)


def combined(terms: tuple[Term, ...], columns: Sequence[Tensor], batch: Batch) -> Tensor:
    """Weighted sum [G] of one column per term; NaN where none was measured, or where a term's ``missing`` drops it."""
    rows, fatal = [], torch.zeros(len(columns[0]), dtype=torch.bool)
    for t, column in zip(terms, columns, strict=True):
        r = column * batch.progress.at(t.weight)
        if t.missing == "group" and r.isnan().any():
            r = torch.full_like(r, float("nan"))
        if t.missing == "drop":
            fatal |= r.isnan()
        rows.append(r)
    table = torch.stack(rows)
    return table.nansum(0).masked_fill(fatal | table.isnan().all(0), float("nan"))


def total(batch: Batch) -> list[Tensor]:
    """[G] per group: the weighted sum of all scalar terms, as logs and traces show it."""
    scalar = tuple(t for t in batch.terms if isinstance(t.reward, Reward))
    return [stream(scalar, g, batch) for g in batch.groups]
