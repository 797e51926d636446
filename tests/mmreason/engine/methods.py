"""Methods of papers in a few lines each, as the tests of the engine use them in several files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mmreason.asks import POLICY, Quantity, Request, Role, Row, Score, Scores, Slab
from mmreason.losses.base import Sequences, TokenLoss
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.rewards.base import GroupReward, Reward, Term
from mmreason.rollouts.sample import Sample
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Group
from tests.mmreason.fakes import NAN, D, Even

RIGHT = Even()
TERMS = (Term("right", RIGHT),)
SAMPLE = Sample(num=4, limit=6)
JUDGE, PAIRS, TOKEN_RM = Role("judge"), Role("pairs"), Role("token_rm")


@dataclass(frozen=True, eq=False)
class Rate(Request[float]):
    """Ask a judge for a number about a text."""

    text: str = ""


@dataclass(frozen=True)
class Judged(Probe[Tensor, float]):
    """A judge's number per completion, only where another reward is positive; NaN elsewhere."""

    by: Role = JUDGE
    where: Reward | None = None

    def chosen(self, group: Group) -> list[int]:
        return [i for i in range(len(group)) if self.where is None or group[self.where][i] > 0]

    def ask(self, group: Group, batch: Batch) -> list[Rate]:
        return [Rate(self.by, group.completions[i].text) for i in self.chosen(group)]

    def read(self, group: Group, replies: Sequence[float]) -> Tensor:
        out = torch.full((len(group),), NAN, dtype=D)
        out[self.chosen(group)] = torch.tensor(list(replies), dtype=D)
        return out


@dataclass(frozen=True)
class Grade(GroupReward):
    """What the judge said."""

    of: Judged = Judged()

    def score(self, group: Group) -> Tensor:
        return group[self.of]


@dataclass(frozen=True)
class ValueHead(Quantity["list[Tensor]"]):
    """The scalar head of a live part, at the state that predicts each token."""

    of: Role

    def window(self, slab: Slab) -> Tensor:
        return slab.part(self.of).core.value(slab.hidden)[..., 0]


@dataclass(frozen=True)
class Values(Probe["list[Tensor]", Scores]):
    """[T] per completion under a role with a scalar head, without gradient."""

    by: Role

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        rows = tuple(Row(group.task.prompt, (c.tokens,)) for c in group.completions)
        return [Score(self.by, rows, (ValueHead(self.by),))]

    def read(self, group: Group, replies: Sequence[Scores]) -> list[Tensor]:
        return replies[0][ValueHead(self.by)]


@dataclass(frozen=True, kw_only=True)
class TokenRewardModel(TokenLoss):
    """OREAL, arXiv:2502.06781: cross-entropy of the mean token logit against the verdict."""

    right: Reward = RIGHT
    over: Sequences = Sequences()
    trains: Role = TOKEN_RM
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (ValueHead(TOKEN_RM),)

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        verdict = (group[self.right][i] > 0).double()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(got[0].mean(), verdict)
        return loss * torch.ones(len(got[0]))


@dataclass(frozen=True)
class ConfidencePairs:
    """CRew-DPO: of each group, the right completions the policy was surest of over the wrong ones it was not."""

    into: Role = PAIRS
    confidence: Signal[list[Tensor]] = TokenLogprobs(POLICY)
    right: Reward = RIGHT
    top: int = 2

    def records(self, batch: Batch) -> list[dict[str, object]]:
        return [record for group in batch.groups for record in self.pairs(group)]

    def pairs(self, group: Group) -> list[dict[str, object]]:
        p, r = [float(x.exp().mean()) for x in group[self.confidence]], group[self.right]
        both = [(i, j) for i in range(len(group)) for j in range(len(group)) if r[i] > 0 >= r[j]]
        best = sorted(both, key=lambda ij: p[ij[1]] - p[ij[0]])[: self.top]
        text = group.task.prompt[0].content[0]
        tokens = [c.tokens.tolist() for c in group.completions]
        return [{"text": text, "chosen": tokens[i], "rejected": tokens[j]} for i, j in best]


BANDS = ("low", "medium", "high")


@dataclass(frozen=True)
class Coverage:
    """LASER-D's monitor, arXiv:2505.15612: share of a difficulty band's responses within each length."""

    of: Reward = RIGHT
    lengths: tuple[int, ...] = (2, 4, 6)

    def __call__(self, batch: Batch) -> dict[str, float]:
        out = {}
        for k, band in enumerate(BANDS):
            mine = [
                g for g in batch.groups if (float(g[self.of].mean()) > 1 / 3) + (float(g[self.of].mean()) > 2 / 3) == k
            ]
            sizes = [len(c.tokens) for g in mine for c in g.completions]
            out |= {f"{band}/{n}": sum(s <= n for s in sizes) / max(len(sizes), 1) for n in self.lengths}
        return out


@dataclass(frozen=True)
class LaserD(Reward):
    """LASER-D, arXiv:2505.15612: a bonus for right answers within the length that the band's monitor asks for."""

    monitor: str
    of: Reward = RIGHT
    alpha: float = 0.5
    lengths: tuple[int, ...] = (2, 4, 6)

    def target(self, batch: Batch, band: int, num: int, longest: int) -> int:
        """Smallest length at which one right answer of the band is to be expected."""
        expected = (1, num // 3, 2 * num // 3)[band]
        for length in self.lengths:
            seen = batch.progress.history.get(f"{self.monitor}/{BANDS[band]}/{length}", ())
            if seen and int(seen[-1] * expected + 1e-9) >= 1:
                return length
        return longest

    def __call__(self, batch: Batch) -> list[Tensor]:
        sizes = batch.everyone([torch.tensor([float(len(c.tokens))]) for _, c in batch.pairs()])
        longest, out = int(sizes.max()) if len(sizes) else 0, []
        for group in batch.groups:
            right = group[self.of]
            band = int(right.mean() >= 1 / 3) + int(right.mean() >= 2 / 3)
            limit = self.target(batch, band, len(group), longest)
            short = torch.tensor([len(c.tokens) <= limit for c in group.completions])
            out.append(torch.where(right > 0, 1 + self.alpha * short, -0.5).double())
        return out
