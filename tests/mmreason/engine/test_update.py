"""One optimiser step: the same gradient for any cut into forwards, and what several steps on one rollout see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.group_norm import GroupNorm
from mmreason.engine import Silent, train
from mmreason.losses.base import Constant, CreditLoss, Loss, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.entropy_bonus import EntropyBonus
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.schedules import Linear
from mmreason.train.update import learn
from mmreason.types import Batch, Group, Progress
from tests.mmreason.engine.methods import SAMPLE, TERMS
from tests.mmreason.fakes import Tasks, close, comp, group, run_of, settled
from tests.mmreason.tiny_lm import TinyLM

LOSSES: tuple[Loss, ...] = (
    ClippedSurrogate(),
    ClippedSurrogate(by=GroupNorm(scale=False), over=Sequences(), low=0.1, weight=0.5),
    KLPenalty(over=Constant(8)),
    EntropyBonus(),
)


def world() -> list[Group]:
    """Four groups of unequal lengths, sampled by somebody else; one completion is empty, one half forced."""
    rng = torch.Generator().manual_seed(3)
    groups = []
    for k in range(4):
        lengths = torch.randint(2, 7, (4,), generator=rng).tolist()
        tokens = [torch.randint(1, 9, (n,), generator=rng).tolist() for n in lengths]
        logps = [(-2.0 - torch.rand(n, generator=rng)).tolist() for n in lengths]
        cs = [comp(t, p) for t, p in zip(tokens, logps, strict=True)]
        cs[0] = comp([2, 4, 6], [-2, -2.5, 0], wrote=[False, True, True]) if k == 1 else cs[0]
        groups.append(group(*cs[:3], comp([]) if k == 2 else cs[3], id=f"q{k}", text="abcd"[: k + 1]))
    return groups


def batch_of(groups: Sequence[Group], losses: Sequence[Loss], policy: TinyLM) -> tuple[Run, Batch]:
    run = run_of({POLICY: policy, REFERENCE: TinyLM(7)})
    return run, settled(groups, tuple(losses), terms=TERMS, models=run.models)


def step(losses: Sequence[Loss], budget: int = 10**9) -> tuple[Tensor, dict[str, float], TinyLM]:
    policy = TinyLM(lr=0, budget=budget)
    run, batch = batch_of(world(), losses, policy)
    policy.rows = policy.largest = 0
    logged = learn(policy, run.answer, batch, losses)
    return policy.grads, logged, policy


def apart(a: Tensor, b: Tensor) -> float:
    return float((a - b).norm() / b.norm())


def one_graph(losses: Sequence[Loss]) -> Tensor:
    """The gradient by plain autograd over the whole batch, for reference."""
    policy = TinyLM(lr=0)
    run, batch = batch_of(world(), losses, policy)
    total = torch.zeros((), dtype=torch.float64)
    for loss in losses:
        replies = [run.answer(list(loss.ask(g))) for g in batch.groups]
        total = total + batch.progress.at(loss.weight) * loss.read_all(batch, replies) / loss.count(batch)
    total.backward()  # type: ignore[no-untyped-call]
    policy.apply()
    return policy.grads


@pytest.mark.parametrize("budget", [10**9, 40, 12, 1])
def test_any_cut_gives_the_same_step(budget: int) -> None:
    reference = one_graph(LOSSES)
    grads, logged, policy = step(LOSSES, budget)
    assert apart(grads, reference) < 1e-12
    whole = step(LOSSES)[1]
    assert logged.keys() == whole.keys() >= {"loss", "grad_norm", "ratio", "clip_fraction", "kl", "entropy"}
    close(list(logged.values()), list(whole.values()), 1e-12)
    assert policy.largest <= max(budget, 6), "no forward with gradient is longer than asked"


@dataclass(frozen=True, kw_only=True)
class Coupled(CreditLoss):
    """Looks at the whole group: each completion against the mean likelihood of the group."""

    couples: ClassVar[Literal["completion", "group", "batch"]] = "group"

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        return -got[0]

    def read(self, group: Group, replies: Sequence[object]) -> Tensor:
        means = torch.stack([got[0].mean() for _, got in self.rows(group, replies)])  # type: ignore[arg-type]
        return (means - means.mean()).square().sum()


@dataclass(frozen=True, kw_only=True)
class Everyone(Coupled):
    """Looks at the whole batch."""

    couples: ClassVar[Literal["completion", "group", "batch"]] = "batch"

    def read_all(self, batch: Batch, replies: Sequence[Sequence[object]]) -> Tensor:
        rows = [x[0].mean() for g, r in zip(batch.groups, replies, strict=True) for _, x in self.rows(g, r)]  # type: ignore[arg-type]
        return torch.stack(rows).std()


@pytest.mark.parametrize("budget", [10**9, 40, 6])
@pytest.mark.parametrize("loss", [Coupled(), Everyone()])
def test_what_must_be_seen_together_is_scored_first_and_forwarded_again(loss: Loss, budget: int) -> None:
    losses = (loss, ClippedSurrogate())
    grads, _, policy = step(losses, budget)
    assert apart(grads, one_graph(losses)) < 1e-12
    assert policy.largest <= max(budget, 6)


def test_losses_of_one_role_share_a_forward_and_completions_without_credit_cost_none() -> None:
    _, _, policy = step((ClippedSurrogate(), ClippedSurrogate(low=0.1)))
    batch = settled(world(), ClippedSurrogate(), terms=TERMS)
    used = sum(len(ClippedSurrogate().used(g)) for g in batch.groups)
    assert policy.rows == used < 16
    _, _, policy = step((ClippedSurrogate(), CrossEntropy()))
    assert policy.rows == 15, "every completion that has tokens, once"


def test_the_weight_of_a_loss_is_a_schedule() -> None:
    def value(progress: Progress) -> float:
        policy = TinyLM(lr=0)
        loss = CrossEntropy(weight=Linear(1.0, 0.0))
        return learn(policy, run_of({POLICY: policy}).answer, Batch(tuple(world()), progress), (loss,))["loss"]

    close(value(Progress(3, 4)), value(Progress(0, 4)) / 4, 1e-12)


class Ratios(Silent):
    """Notes the sampled log-probs each time an optimiser step was made."""

    def __init__(self) -> None:
        self.logprobs: list[Tensor] = []

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        self.updated(run, stage)

    def updated(self, run: Run, stage: Stage) -> None:
        assert run.pending is not None
        self.logprobs.append(torch.cat([c.logprobs for _, c in run.pending.batch.pairs()]))


def test_several_updates_on_one_rollout_are_measured_against_the_weights_that_sampled() -> None:
    policy = TinyLM(lr=0.5)
    stage = Stage(
        tasks=Tasks(), rollout=SAMPLE, groups=4, minibatch=2, epochs=2, rewards=TERMS, losses=(ClippedSurrogate(),)
    )
    run, notes = run_of({POLICY: policy}), Ratios()
    run.log = lambda stage, metrics: {}  # type: ignore[method-assign]
    seen: list[dict[str, list[float]]] = []
    notes.stepped = lambda run, stage, batch, metrics: seen.append(metrics)  # type: ignore[method-assign,assignment]
    pending = []
    learn_next = run.learn_next
    run.learn_next = lambda stage: (learn_next(stage), pending.append(run.pending))[0]  # type: ignore[method-assign,func-returns-value]
    train(Recipe(name="mu", stages=(stage,)), run, notes)
    assert policy.steps == run.updates == 4
    assert len(notes.logprobs) == 4
    assert all(torch.equal(x, notes.logprobs[0]) for x in notes.logprobs), "stored, never scored again"
    ratios = pending[-1].logged["policy/ratio"]  # type: ignore[union-attr]
    close(ratios[0], 1.0, 1e-9)
    assert all(abs(r - 1) > 1e-6 for r in ratios[1:]), "the weights have moved on"


def test_a_batch_without_groups_is_a_step_of_nothing() -> None:
    policy = TinyLM()
    before = {name: p.clone() for name, p in policy.core.named_parameters()}
    logged = learn(policy, run_of({POLICY: policy}).answer, Batch(()), (ClippedSurrogate(),))
    assert logged == {"loss": 0.0, "grad_norm": 0.0}
    assert all(torch.equal(p, before[name]) for name, p in policy.core.named_parameters())


def test_minibatches_partition_the_groups() -> None:
    sizes = []

    @dataclass(frozen=True, kw_only=True)
    class Counting(CrossEntropy):
        def count(self, batch: Batch) -> float:
            sizes.append([g.task.id for g in batch.groups])
            return super().count(batch)

    stage = Stage(tasks=Tasks(), rollout=SAMPLE, groups=5, minibatch=2, losses=(Counting(),))
    train(Recipe(name="parts", stages=(replace(stage, steps=1),)), run_of({POLICY: TinyLM()}))
    assert [len(ids) for ids in sizes] == [2, 2, 1]
    assert len({i for ids in sizes for i in ids}) == 5
