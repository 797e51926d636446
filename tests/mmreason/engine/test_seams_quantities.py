"""Values computed inside the forward: compared over a group, over a batch, or in gradient space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from mmreason.asks import POLICY, Entropy, LogProb, Quantity, Rank, Row, Score, Scores, Slab
from mmreason.credit.base import Credit
from mmreason.credit.group_norm import GroupNorm
from mmreason.engine import train
from mmreason.losses.base import CreditLoss, Loss
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import GroupReward, Term
from mmreason.signals import Probe, Signal
from mmreason.train.update import learn
from mmreason.types import Batch, Group
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS
from tests.mmreason.fakes import (
    D,
    Tasks,
    close,
    comp,
    constant,
    fixed,
    group,
    run_of,
    scene,
    settled,
)
from tests.mmreason.tiny_lm import TinyLM, Window


def slab(logits: Sequence[Sequence[Sequence[float]]], **fields: Tensor) -> Window:
    """All positions of some rows at once, from probabilities, shorter rows padded with logits of 0."""
    rows = [torch.tensor(row, dtype=D).log() for row in logits]
    alive = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.bool)
    for mark, row in zip(alive, rows, strict=True):
        mark[: len(row)] = True
    whole = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    blank = torch.zeros(whole.shape[:2])
    return Window(fields.get("ids", blank.long()), alive, whole, fields.get("hidden", blank[..., None]))


# TW-GRPO: token weights out of the loss's own forward


@dataclass(frozen=True)
class GroupDivergence(Quantity["list[Tensor]"]):
    """TW-GRPO, arXiv:2505.24718: how far the group disagrees at a position, rescaled to [1, alpha] over positions."""

    alpha: float = 1.7
    aligned: ClassVar[bool] = True

    def window(self, slab: Slab) -> Tensor:
        uniform = -math.log(slab.logits.shape[-1])
        logp = slab.logits.detach().log_softmax(-1).where(slab.alive[..., None], torch.tensor(uniform, dtype=D))
        d = (logp.mean(0) - logp).clamp(-11, 11)
        return (d.exp() - d - 1).sum(-1).mean(0).expand(len(logp), -1)

    def finish(self, rows: list[Tensor]) -> list[Tensor]:
        longest = max(rows, key=len)
        low, high = longest.min(), longest.max()
        return [1 + (self.alpha - 1) * (row - low) / (high - low + 1e-8) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Focused(ClippedSurrogate):
    """The clipped surrogate with those weights; every member of a group takes part in them."""

    couples: ClassVar[Literal["completion", "group", "batch"]] = "group"
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (LogProb(), GroupDivergence())

    def used(self, group: Group) -> list[int]:
        return list(range(len(group))) if super().used(group) else []

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        return super().tokens(group, i, got) * got[1]


def test_tw_grpo_by_hand() -> None:
    """The third position of the shorter row is filler, as in the released code."""
    quantity = GroupDivergence()
    whole = quantity.window(slab([[[0.9, 0.1], [0.5, 0.5], [0.8, 0.2]], [[0.9, 0.1], [0.1, 0.9]]]))
    found = quantity.finish([whole[0], whole[1, :2]])
    close(found[0], [1, 1.7, 1.244525])
    close(found[1], [1, 1.7])


def test_weights_cost_no_forward_of_their_own_and_survive_any_budget() -> None:
    losses: tuple[Loss, ...] = (Focused(), ClippedSurrogate(low=0.1))
    grads = []
    for budget in (10**9, 12):
        policy = TinyLM(lr=0, budget=budget)
        run = run_of({POLICY: policy})
        groups = SAMPLE(Tasks().open().next(2), scene(run))
        batch = settled(groups, losses, terms=TERMS, models=run.models)
        policy.rows = 0
        learn(policy, run.answer, batch, losses)
        assert budget == 12 or policy.rows == sum(len(Focused().used(g)) for g in batch.groups)
        grads.append(policy.grads)
    assert float((grads[0] - grads[1]).norm()) < 1e-12


# THR: inner products of the head's gradients, in a group


@dataclass(frozen=True)
class HiddenReward(Quantity["list[Tensor]"]):
    """Token hidden reward (OpenReview htQDmHvva6): how a token moves the likelihood of the right answers.

    A window keeps the state and the prediction error on the ``top`` likeliest tokens and the chosen one; the products
    are taken when all positions are there, by the Gram form. (A large vocabulary would keep indices and values.)
    """

    right: tuple[bool, ...]
    hidden: int = 16
    top: int = 64
    aligned: ClassVar[bool] = True

    def window(self, slab: Slab) -> Tensor:
        chance = slab.logits.detach().softmax(-1)
        error = torch.zeros_like(chance)
        best = chance.topk(min(self.top, chance.shape[-1]), -1).indices
        error.scatter_(-1, best, -chance.gather(-1, best))
        chosen = slab.ids[..., None]
        error.scatter_(-1, chosen, 1 - chance.gather(-1, chosen))
        return torch.cat([error, slab.hidden.detach()], -1)

    def finish(self, rows: list[Tensor]) -> list[Tensor]:
        parts = [(row[:, : -self.hidden], row[:, -self.hidden :]) for row in rows]
        right = [(e / len(e), h) for (e, h), r in zip(parts, self.right, strict=True) if r]
        out = []
        for (e, h), r in zip(parts, self.right, strict=True):
            influence = torch.stack([((e @ other.T) * (h @ state.T)).sum(1) for other, state in right]).sum(0)
            out.append((2 * int(r) - 1) * influence)
        return out


def test_thr_by_hand() -> None:
    chances = [[[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]], [[0.2, 0.5, 0.3], [0.3, 0.4, 0.3]], [[0.6, 0.2, 0.2]]]
    hidden = torch.tensor([[[1, 0], [0.5, 1]], [[1, 0.5], [0, 1]], [[1, 1], [0, 0]]], dtype=D)
    quantity = HiddenReward((True, False, True), hidden=2)
    whole = quantity.window(slab(chances, ids=torch.tensor([[0, 1], [2, 1], [0, 0]]), hidden=hidden))
    found = torch.cat(quantity.finish([whole[0], whole[1], whole[2, :1]]))
    close(found, [0.4625, 0.045, 0.42, 0, 0.585])


@dataclass(frozen=True)
class TokenInfluence(Probe["list[Tensor]", Scores]):
    """THR of each token of a group."""

    right: GroupReward = RIGHT

    def quantity(self, group: Group) -> HiddenReward:
        return HiddenReward(tuple((group[self.right] > 0).tolist()))

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in group.completions)
        return [Score(POLICY, rows, (self.quantity(group),))] if group[self.right].any() else []

    def read(self, group: Group, replies: Sequence[Scores]) -> list[Tensor]:
        blank = [torch.zeros(len(c.tokens), dtype=D) for c in group.completions]
        return replies[0][self.quantity(group)] if replies else blank


@dataclass(frozen=True)
class Tilted(Credit):
    """Credit on influential tokens only, more for those that help the right answers (p > 0) or less."""

    of: Credit = GroupNorm(eps=0)
    influence: Signal[list[Tensor]] = TokenInfluence()
    p: float = 0.1
    least: float = 0.2

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        return [[self.one(x, a) for x, a in zip(g[self.influence], g[self.of], strict=True)] for g in batch.groups]

    def one(self, x_T: Tensor, a_T: Tensor) -> Tensor:
        return (x_T.abs() > self.least) * (1 + x_T.sign() * self.p) * a_T


def test_thr_reshapes_the_credit() -> None:
    influence = constant([(0.4625, 0.045), (0.42, 0.0), (0.585,)])
    g = group(comp([1, 2]), comp([2, 1]), comp([2]))
    for p, expected in ((0.1, [0.6351, 0, -1.2702, 0, 0.6351]), (-0.1, [0.5196, 0, -1.0392, 0, 0.5196])):
        by = Tilted(influence=influence, p=p)
        batch = settled([g], by, terms=(Term("r", fixed([1, 0, 1])),))
        close(torch.cat(batch.groups[0][by]), expected, 1e-3)


def test_thr_runs() -> None:
    run = run_of({POLICY: TinyLM()})
    stage = Stage(
        tasks=Tasks(), rollout=SAMPLE, groups=3, rewards=TERMS, losses=(ClippedSurrogate(by=Tilted(least=0.0)),)
    )
    train(Recipe(name="thr", stages=(stage,)), run)
    assert run.history["stage/policy/grad_norm"][0] > 0


# Light-IF: an entropy term whose weights are a softmax over the whole batch


@dataclass(frozen=True, kw_only=True)
class AdaptiveEntropy(CreditLoss):
    """Token-adaptive entropy, arXiv:2508.03178: entropy weighted by the covariance of credit and log-prob."""

    scale: float = 10.0
    cap: float = 5.0
    couples: ClassVar[Literal["completion", "group", "batch"]] = "batch"
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (LogProb(), Entropy())

    def used(self, group: Group) -> list[int]:
        return list(range(len(group)))

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        raise NotImplementedError

    def read_all(self, batch: Batch, replies: Sequence[Sequence[Scores]]) -> Tensor:
        rows = [(g[self.by][i], *got) for g, r in zip(batch.groups, replies, strict=True) for i, got in self.rows(g, r)]
        credit = batch.everyone([a for a, _, _ in rows]).mean()
        likely = batch.everyone([x.detach() for _, x, _ in rows]).mean()
        weights = [((a - credit) * (x.detach() - likely)).softmax(0) * self.scale for a, x, _ in rows]
        return -torch.stack(
            [(w.clamp(0, self.cap) * h).sum() for w, (_, _, h) in zip(weights, rows, strict=True)]
        ).sum()


def test_light_if() -> None:
    def tensors(rows: Sequence[Sequence[float]]) -> list[Tensor]:
        return [torch.tensor(row, dtype=D) for row in rows]

    g, loss = group(comp([1, 2]), comp([1, 2])), AdaptiveEntropy()
    g.signals[loss.by] = tensors([[1, 1], [-1, -1]])
    replies = [[Scores({LogProb(): tensors([[-0.1, -2], [-0.5, -1]]), Entropy(): tensors([[0.3, 1.2], [0.6, 0.9]])})]]
    close(-loss.read_all(Batch((g,)), replies) / loss.count(Batch((g,))), 2.456636)


def test_ranks_and_entropies_by_hand() -> None:
    window = slab([[[0.5, 0.25, 0.25], [0.2, 0.3, 0.5]]], ids=torch.tensor([[1, 1]]))
    close(Rank().window(window), [[1, 1]])
    close(Entropy().window(window)[0, 0], 1.5 * math.log(2))
    close(LogProb().window(window), [[math.log(0.25), math.log(0.3)]])
