"""Rewards that sit on tokens, as credit: returns, flow penalties, thoughts. Numbers worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from mmreason.credit.base import Credit, to_go
from mmreason.credit.branches import ToGo
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.plain import Raw
from mmreason.rewards.base import Reward, Term, TokenReward
from mmreason.rewards.kl_penalty import TokenKLReward
from mmreason.signals import Signal
from mmreason.types import Batch, Group
from tests.mmreason.fakes import D, close, comp, constant, fixed, group, settled

# REINFORCE++: token returns with the KL in the reward, whitened over all tokens


@dataclass(frozen=True)
class AtTheEnd(TokenReward):
    """A completion's reward on its last token."""

    of: Reward

    def place(self, group: Group) -> list[Tensor]:
        out = [torch.zeros(len(c.tokens), dtype=D) for c in group.completions]
        for row, r in zip(out, group[self.of], strict=True):
            row[-1] = r
        return out


@dataclass(frozen=True)
class WhitenedReturns(Credit):
    """REINFORCE++, arXiv:2501.03262: reward to go, whitened over the tokens of the batch."""

    tokens: tuple[TokenReward, ...]
    eps: float = 1e-8

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        rows = [[sum(to_go(g[t][i], 1.0) for t in self.tokens) for i in range(len(g))] for g in batch.groups]
        flat = batch.everyone([torch.cat(row) for row in rows])  # type: ignore[arg-type]
        spread = (flat.var(correction=1) + self.eps).sqrt()
        return [[(x - flat.mean()) / spread for x in row] for row in rows]


def test_reinforce_pp() -> None:
    reference = constant([(-1.2, -1, -0.8), (-1, -0.5)])
    by = WhitenedReturns((TokenKLReward(0.1, reference=reference), AtTheEnd(fixed([1, 0]))))
    batch = settled([group(comp([1, 2, 3], [-1, -1, -1]), comp([1, 2], [-1, -1]))], by)
    close(batch.groups[0][by][0], [0.70494255, 0.74284269, 0.74284269])
    close(batch.groups[0][by][1], [-1.09531396, -1.09531396])


# RLFR: the outcome plus flow rewards to go


@dataclass(frozen=True)
class FlowReward(TokenReward):
    """RLFR, arXiv:2510.10201: a small penalty on the tokens whose state the flow reconstructs worst."""

    deviation: Signal[list[Tensor]]
    floor: float = 0.6
    most: int = 2
    rho: float = 0.01

    def place(self, group: Group) -> list[Tensor]:
        return [self.one(d) for d in group[self.deviation]]

    def one(self, d_T: Tensor) -> Tensor:
        spread = d_T.max() - d_T.min()
        d_T = (d_T - d_T.min()) / spread if spread > 0 else torch.zeros_like(d_T)
        d_T = d_T * (d_T > self.floor)
        if int((d_T > 0).sum()) >= self.most:
            d_T = d_T * (d_T >= d_T.topk(self.most).values[-1])
        return -self.rho * d_T


@pytest.mark.parametrize(("most", "fourth"), [(2, 0.0), (15, -0.0075)])
def test_rlfr(most: int, fourth: float) -> None:
    tokens = FlowReward(constant([(0.2, 0.5, 1.0, 0.8, 0.3, 0.9)]), most=most)
    by = ToGo(Raw(), (tokens,))
    batch = settled([group(comp(range(6)))], by, terms=(Term("a", fixed([0.7])),))
    close(batch.groups[0][tokens][0], [0, 0, -0.01, fourth, 0, -0.00875])
    if most == 2:
        close(batch.groups[0][by][0], [0.68125] * 3 + [0.69125] * 3)


# TP-GRPO: thoughts


@dataclass(frozen=True)
class ThoughtRewards(TokenReward):
    """TP-GRPO, arXiv:2507.23317: thoughts of a right answer weigh as the group is good, those of a wrong as it is."""

    outcome: Credit
    right: Reward
    labels: Signal[list[Tensor]]
    alpha: float = 1.0

    def place(self, group: Group) -> list[Tensor]:
        able = self.alpha * float(group[self.right].mean())
        out = [torch.zeros(len(c.tokens), dtype=D) for c in group.completions]
        for i, c in enumerate(group.completions):
            size = able if group[self.right][i] > 0 else float(group[self.outcome][i][0])
            for (_, end), good in zip(c.span("thought"), group[self.labels][i], strict=True):
                out[i][end - 1] = size if good else -size
        return out


def test_tp_grpo() -> None:
    spans = (("thought", 0, 2), ("thought", 2, 4))
    g = group(*(comp(range(6), spans=s) for s in (spans, spans, (), ())))
    outcome = GroupNorm(eps=0)
    tokens = ThoughtRewards(outcome, fixed([1, 0, 0, 1]), constant([(1, 0), (1, 0), (), ()]))
    by = ToGo(outcome, (tokens,))
    batch = settled([g], by, terms=(Term("outcome", fixed([1, -1, -1, 1])),))
    close(batch.groups[0][by][0][[0, 2, 4]], [0.866025, 0.366025, 0.866025])
    close(batch.groups[0][by][1][[0, 2, 4]], [-0.866025, 0, -0.866025])
