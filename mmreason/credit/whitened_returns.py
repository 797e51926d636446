"""Rewards to go, whitened over all tokens of the batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.credit.base import Credit, owned, streams, to_go
from mmreason.errors import RecipeError
from mmreason.rewards.base import TokenReward, stream
from mmreason.types import Batch, Completion, Group


@dataclass(frozen=True)
class WhitenedReturns(Credit):
    """REINFORCE++, arXiv:2501.03262: no group, no critic; returns of single tokens against the whole batch.

    A token's return is the sum, discounted by ``gamma`` per token written, of what comes from it on: the completion's
    reward at its last token, and ``tokens``, such as ``TokenKLReward(beta=0.01)``. Then
    A = (return - mean) / sqrt(var + eps) over all tokens of the batch on all ranks. A term that owns tokens pays at the
    last of them. ``ddof=1`` is verl's variance, 0 OpenRLHF's; ``scale=False`` takes off the mean only. A completion
    without any measured reward has no credit and is in no statistic.
    """

    tokens: tuple[TokenReward, ...] = ()
    gamma: float = 1.0
    ddof: int = 1
    scale: bool = True
    eps: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse a discount that is none."""
        if not 0 <= self.gamma <= 1:
            raise RecipeError(f"WhitenedReturns needs gamma from 0 to 1, got {self.gamma}")

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Whiten the returns of those completions whose reward was measured."""
        rows = [self.returns(g, batch) for g in batch.groups]
        pairs = [
            (r_T, c)
            for row, g in zip(rows, batch.groups, strict=True)
            for r_T, c in zip(row, g.completions, strict=True)
        ]
        every = batch.everyone([r_T[c.wrote & ~r_T.isnan()] for r_T, c in pairs])
        if len(every) <= self.ddof or bool((every.max() - every.min()) <= 1e-12 * every.abs().max()):
            return [[torch.zeros_like(r_T) for r_T in row] for row in rows]
        spread = (every.var(correction=self.ddof) + self.eps).sqrt() if self.scale else torch.ones(())
        mean = every.mean()
        return batch.fold((((r_T - mean) / spread) * c.wrote).nan_to_num(0.0) for r_T, c in pairs)

    def returns(self, group: Group, batch: Batch) -> list[Tensor]:
        """[T] return at each token; NaN where no reward was measured."""
        pays = [(terms[0], stream(terms, group, batch)) for terms in streams(batch.terms)]
        out = []
        for i, c in enumerate(group.completions):
            r_T = torch.zeros(len(c.tokens), dtype=torch.float64)
            for term, r_G in pays:
                at = owned(term, c).nonzero()
                if len(at) and not bool(r_G[i].isnan()):
                    r_T[at[-1]] += r_G[i]
            for token_reward in self.tokens:
                r_T += group[token_reward][i]
            lost = bool(pays) and all(bool(r_G[i].isnan()) for _, r_G in pays)
            out.append(torch.full_like(r_T, float("nan")) if lost else self.sums(r_T, c))
        return out

    def sums(self, r_T: Tensor, c: Completion) -> Tensor:
        """[T] rewards to go; what the policy did not write takes no time."""
        out = torch.zeros_like(r_T)
        out[c.wrote] = to_go(r_T[c.wrote], self.gamma)
        return out
