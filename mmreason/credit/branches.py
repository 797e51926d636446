"""Credits made of other credits: sums of branches, per-term normalisation, token rewards to go, factors per task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmreason.credit.base import Advantage, Credit, laid, streams, to_go
from mmreason.rewards.base import Term, TokenReward, combined, stream
from mmreason.types import Batch, Task


@dataclass(frozen=True)
class Added(Credit):
    """Sum of branches, each with terms, a normaliser and tokens of its own. Not from a paper."""

    of: tuple[Credit, ...]

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Add token by token."""
        rows = [[g[credit] for credit in self.of] for g in batch.groups]
        return [[torch.stack(xs).sum(0) for xs in zip(*row, strict=True)] for row in rows]


@dataclass(frozen=True)
class PerTerm(Credit):
    """GDPO, arXiv:2601.05242: each term normalised on its own, weighted, added; the sums scaled over the batch.

    A term's weight multiplies its normalised values, so that no deviation divides it out again. ``scale`` divides the
    sums by their deviation over the batch on all ranks (their mean is 0 already), which keeps the size of a step the
    same for any number of terms; False leaves them as they are. No terms: no credit.
    """

    of: Advantage
    scale: bool = True
    eps: float = 1e-4

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Normalise the table column by column, stream by stream."""
        return laid(
            batch, [(terms[0], self.scaled(batch, self.summed(batch, terms))) for terms in streams(batch.terms)]
        )

    def summed(self, batch: Batch, terms: tuple[Term, ...]) -> list[Tensor]:
        """[G] per group: the weighted sum of the normalised terms."""
        ones = [(replace(t, weight=1.0, missing="skip"),) for t in terms]
        table = [self.of.normalise(batch, [stream(one, g, batch) for g in batch.groups]) for one in ones]
        return [combined(terms, columns, batch) for columns in zip(*table, strict=True)]

    def scaled(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """Over the deviation of the batch; with one measured value it is taken as 1."""
        every = batch.everyone(column)
        seen = every[~every.isnan()]
        return [a_G / (seen.std() + self.eps) for a_G in column] if self.scale and len(seen) > 1 else column


@dataclass(frozen=True)
class ToGo(Credit):
    """Adds to every token the discounted token rewards from it on (RLFR, arXiv:2510.10201; VSRM, arXiv:2508.10293)."""

    of: Credit
    tokens: tuple[TokenReward, ...]
    gamma: float = 1.0

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Add the returns of each token reward."""
        out = []
        for g in batch.groups:
            row = []
            for i, a_T in enumerate(g[self.of]):
                gone = [to_go(g[t][i], self.gamma) for t in self.tokens]
                row.append(torch.stack([a_T, *gone]).sum(0))
            out.append(row)
        return out


@dataclass(frozen=True)
class Scaled(Credit):
    """Credit times a factor of the task, after normalisation, where a constant of the group no longer cancels.

    RewardMap's difficulty weight (arXiv:2510.02240) acts under a per-group standard deviation only here.
    """

    of: Credit
    by: Callable[[Task], float]

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Multiply every token of the group."""
        return [[a_T * self.by(g.task) for a_T in g[self.of]] for g in batch.groups]


@dataclass(frozen=True)
class WithoutTruncated(Credit):
    """DAPO's overlong filtering, arXiv:2503.14476: completions cut by the length limit earn no credit."""

    of: Credit

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Zero the truncated ones; they still count in the group's statistics."""
        return [
            [a_T * float(c.finish != "length") for a_T, c in zip(g[self.of], g.completions, strict=True)]
            for g in batch.groups
        ]
