"""Live parts of other kinds: a network inside the policy's forward, a composed policy, a reference that moves."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from mmreason.asks import POLICY, REFERENCE, Quantity, Role, Score, Slab
from mmreason.engine import train
from mmreason.losses.base import TokenLoss
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.models.room import Room
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Reward
from mmreason.types import Batch, Group
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS
from tests.mmreason.fakes import Plain, Tasks, close, run_of
from tests.mmreason.tiny_lm import Core, TinyLM


def stage(**fields: Any) -> Stage:
    return Stage(**{"tasks": Tasks(), "rollout": SAMPLE, "groups": 4, "rewards": TERMS, **fields})


# RLFR: a network on another role's hidden states, inside that role's forward

FLOW = Role("flow")


class FlowNet(Plain):
    """Reconstructs hidden states; its gradient comes out of the policy's forward."""

    def __init__(self) -> None:
        self.net, self.steps = nn.Linear(16, 16).double(), 0

    def room(self) -> Room:
        return Room(float("inf"), id, lambda row: 0, lambda prompt: 0)

    def shrink(self, error: Exception) -> None:
        raise error

    def apply(self) -> dict[str, float]:
        with torch.no_grad():
            for p in self.net.parameters():
                p -= 0.3 * (torch.zeros_like(p) if p.grad is None else p.grad)
                p.grad = None
        self.steps += 1
        return {}


@dataclass(frozen=True)
class Deviation(Quantity["list[Tensor]"]):
    """How badly the flow reconstructs the state behind each token."""

    by: Role = FLOW

    def window(self, slab: Slab) -> Tensor:
        state = slab.hidden.detach()
        return (slab.part(self.by).net(state) - state).square().mean(-1)


@dataclass(frozen=True, kw_only=True)
class FlowLoss(TokenLoss):
    """RLFR, arXiv:2510.10201: the flow follows the states of right answers."""

    right: Reward = RIGHT
    reads: Role = POLICY
    trains: Role = FLOW
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (Deviation(),)

    def used(self, group: Group) -> list[int]:
        return [i for i, r in enumerate(group[self.right]) if r > 0]

    def ask(self, group: Group) -> list[Score]:
        return [Score(self.reads, request.rows, request.want) for request in super().ask(group)]

    def count(self, batch: Batch) -> float:
        return float(sum(g.completions[i].wrote.sum() for g in batch.groups for i in self.used(g)))

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        return got[0]


def test_a_network_learns_from_the_policys_states_and_leaves_the_policy_alone() -> None:
    flow, policy = FlowNet(), TinyLM()
    run = run_of({POLICY: policy, FLOW: flow})
    train(Recipe(name="flow", stages=(stage(steps=10, losses=(FlowLoss(),)),)), run)
    losses = run.history["stage/flow/loss"]
    assert losses[-1] < losses[0]
    assert policy.steps == 0
    assert all(p.grad is None or not p.grad.any() for p in policy.core.parameters())


# UniR: the policy is a composition, and only the small module learns


class Composed(TinyLM):
    """Logits of a frozen backbone plus those of a module that learns."""

    def __init__(self, backbone: Core, module: Core) -> None:
        super().__init__(core=module, lr=0.5)
        self.backbone = backbone

    def logits(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            base = self.backbone.head(self.backbone(ids))
        own, hidden = super().logits(ids)
        return base + own, hidden


def test_a_composed_policy_needs_nothing_of_the_loop() -> None:
    backbone, module = Core(7), Core(8)
    before, start = copy.deepcopy(backbone.state_dict()), module.head.weight.clone()
    policy = Composed(backbone, module)
    train(Recipe(name="unir", stages=(stage(steps=3, losses=(ClippedSurrogate(),)),)), run_of({POLICY: policy}))
    assert all(torch.equal(before[name], value) for name, value in backbone.state_dict().items())
    assert not torch.equal(start, module.head.weight)


# ProRL: a reference that is set to the policy when evaluations stop getting better


class Resetting(TinyLM):
    """Copies the policy when the last two evaluations were no better than the best so far."""

    def __init__(self, policy: TinyLM, metric: str) -> None:
        super().__init__(core=copy.deepcopy(policy.core), lr=0)
        self.policy, self.metric, self.seen, self.resets = policy, metric, 0, 0

    def after_step(self, batch: Batch) -> None:
        history = batch.progress.history.get(self.metric, ())
        stale = len(history) >= self.seen + 3 and max(history[-2:]) <= max(history[self.seen : -2])
        if stale:
            self.core.load_state_dict(self.policy.core.state_dict())
            self.seen, self.resets = len(history), self.resets + 1


@dataclass(frozen=True)
class Never:
    """A validation score that never moves."""

    def __call__(self, batch: Batch) -> dict[str, float]:
        return {"score": 0.5}


def test_a_reference_is_reset_by_the_history_of_an_evaluation() -> None:
    policy = TinyLM(lr=0.5)
    reference = Resetting(policy, "validation/score")
    run = run_of({POLICY: policy, REFERENCE: reference})
    validation = Survey(every=1, stage=stage(name="validation", groups=1, metrics=(Never(),)))
    losses = (CrossEntropy(), KLPenalty(weight=0.01))
    train(Recipe(name="prorl", stages=(stage(steps=4, surveys=(validation,), losses=losses),)), run)
    drift = run.history["stage/policy/kl"]
    assert reference.resets == 1
    close(drift[0], 0, 1e-9)
    assert drift[2] > drift[1] > 1e-6
    close(drift[3], 0, 1e-9), "the reference was set to the policy after the third step"
