"""DRPO: a loss that couples a group and, through its trust region, the whole batch on all ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Role, Row, Score, Scores
from mmreason.losses.base import Loss
from mmreason.rewards.base import Reward
from mmreason.signals import Signal
from mmreason.train.update import learn
from mmreason.types import Batch, Group, Knob
from tests.mmreason.engine.methods import RIGHT
from tests.mmreason.engine.test_update import world
from tests.mmreason.fakes import D, close, comp, fixed, group, run_of, settled
from tests.mmreason.ranks import OneRank, Ranks
from tests.mmreason.tiny_lm import TinyLM


@dataclass(frozen=True)
class Length(Signal[Tensor]):
    """[G] tokens written."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Tensor]:
        return [torch.stack([c.wrote.sum().double() for c in g.completions]) for g in batch.groups]


@dataclass(frozen=True, kw_only=True)
class Drpo(Loss):
    """Decoupled reward policy optimisation: short right answers against all wrong ones, in a trust region."""

    right: Reward = RIGHT
    length: Signal[Tensor] = Length()
    tau: float = 10.0
    temper: float = 0.1
    longest: float = 8192.0
    delta: float = 1e-4
    beta: float = 1000.0
    trains: Role = POLICY
    weight: Knob = 1.0
    couples: ClassVar[Literal["completion", "group", "batch"]] = "batch"

    def ask(self, group: Group) -> list[Score]:
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in group.completions if len(c.tokens))
        return [Score(self.trains, rows, (LogProb(),))]

    def count(self, batch: Batch) -> float:
        return float(len(batch.groups))

    def objective(self, group: Group, scores: Tensor) -> Tensor:
        """J of one group; 0 where all are right or all wrong."""
        right, length = group[self.right] > 0, group[self.length]
        if not right.any() or right.all():
            return torch.zeros((), dtype=D)
        weights = ((1 - length[right] / self.longest) / self.temper).softmax(0)
        wrong = scores[~right]
        return (weights * scores[right]).sum() - self.tau * ((wrong / self.tau).logsumexp(0) - math.log(len(wrong)))

    def read_all(self, batch: Batch, replies: Sequence[Sequence[Scores]]) -> Tensor:
        num = sum(batch.across.gather([len(batch.groups)]))
        tokens = sum(batch.across.gather([float(sum(c.wrote.sum() for _, c in batch.pairs()))]))
        total, gap = torch.zeros((), dtype=D), torch.zeros((), dtype=D)
        for g, r in zip(batch.groups, replies, strict=True):
            found = iter(r[0][LogProb()])
            rows = [next(found) if len(c.tokens) else torch.zeros(0, dtype=D) for c in g.completions]
            total = total + self.objective(g, torch.stack([x.sum() / max(len(x), 1) for x in rows]))
            for x, c in zip(rows, g.completions, strict=True):
                gap = gap + ((c.logprobs - x) * c.wrote).sum()
        drift = sum(batch.across.gather([float(gap.detach())])) / tokens
        return -total + num * self.beta * max(drift - self.delta, 0.0) * gap / tokens  # each rank adds its part


def test_value_and_gradient_by_hand() -> None:
    scores = [-0.5, -0.7, -0.6, -0.4]
    first = group(*(comp([1], [s]) for s in scores))
    second = group(*(comp([1]) for _ in scores), id="q1")
    right = fixed([1, 1, 0, 0], [1, 1, 1, 1])
    loss = Drpo(right=right, length=fixed([2048, 4096, 1, 1], [1, 1, 1, 1]), beta=0.0)
    batch = settled([first, second], loss)
    leaves = [[torch.tensor([x], dtype=D, requires_grad=True) for x in of_group] for of_group in (scores, [0.0] * 4)]
    value = loss.read_all(batch, [[Scores({LogProb(): of_group})] for of_group in leaves]) / 2
    value.backward()  # type: ignore[no-untyped-call]
    close(value.detach(), 0.00783581)
    close([float(x.grad) for x in leaves[0]], [-0.46207091, -0.03792909, 0.24750008, 0.25249992])  # type: ignore[arg-type]


LOSS = Drpo(delta=-100.0, beta=0.5, longest=8.0)


def gradient(mine: Sequence[Group], rank: OneRank | None = None, budget: int = 10**9) -> Tensor:
    policy = TinyLM(lr=0, budget=budget)
    run = run_of({POLICY: policy}, rank)
    learn(policy, run.answer, settled(mine, LOSS, models=run.models, across=rank), (LOSS,))
    return policy.grads


def one_graph() -> Tensor:
    policy = TinyLM(lr=0)
    run = run_of({POLICY: policy})
    batch = settled(world(), LOSS, models=run.models)
    value = LOSS.read_all(batch, [run.answer(LOSS.ask(g)) for g in batch.groups]) / len(batch.groups)
    value.backward()  # type: ignore[no-untyped-call]
    policy.apply()
    return policy.grads


@pytest.mark.parametrize("budget", [10**9, 30, 6])
def test_two_passes_give_the_gradient_of_one_graph(budget: int) -> None:
    reference = one_graph()
    assert float((gradient(world(), budget=budget) - reference).norm() / reference.norm()) < 1e-12


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_any_spread_over_ranks_gives_the_gradient_of_one_graph(cut: int) -> None:
    reference = one_graph()
    spread = Ranks().run(lambda rank: gradient(world()[:cut] if rank.number else world()[cut:], rank, 9))
    for grads in spread:
        assert float((grads - reference).norm() / reference.norm()) < 1e-12
