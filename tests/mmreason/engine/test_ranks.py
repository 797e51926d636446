"""Several ranks: the same numbers as one process, no waiting for each other, equal replicas."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.credit.whitened import BatchNorm, Whitened
from mmreason.data.records import BadRecord
from mmreason.data.sources import InOrder, Shuffled
from mmreason.engine import train
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.base import Loss, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.batch import Lengths, Mean, RewardTable
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Term
from mmreason.run import Run
from mmreason.shares import dealt, share
from mmreason.train.update import learn
from mmreason.types import Batch, Group, Task
from tests.mmreason.engine.methods import (
    PAIRS,
    RIGHT,
    SAMPLE,
    TERMS,
    TOKEN_RM,
    ConfidencePairs,
    Coverage,
    LaserD,
    TokenRewardModel,
)
from tests.mmreason.engine.test_update import world
from tests.mmreason.fakes import Store, Tasks, close, comp, fixed, group, run_of, settled
from tests.mmreason.ranks import OneRank, Ranks
from tests.mmreason.tiny_lm import TinyLM

LENGTHS = ((2, 2, 1, 1), (2, 1, 1, 2))
REWARDS = ((1, 0, 0, 1), (1, 1, 1, 0))


def groups() -> list[Group]:
    return [group(*(comp([1, 2][:n]) for n in lengths), id=f"q{k}") for k, lengths in enumerate(LENGTHS)]


@pytest.mark.parametrize("ranks", [1, 2])
def test_statistics_of_the_batch_reach_over_ranks(ranks: int) -> None:
    """DLER, arXiv:2510.15110: centred in the group, whitened over the batch by completion or by token."""
    by, token, batchwise = Whitened(), Whitened(by_token=True), BatchNorm()

    def work(rank: OneRank) -> list[list[list[float]]]:
        mine = groups() if ranks == 1 else groups()[rank.number : rank.number + 1]
        batch = settled(mine, by, token, batchwise, terms=(Term("r", fixed(*REWARDS)),), across=rank)
        return [[[float(a[0]) for a in g[credit]] for credit in (by, token, batchwise)] for g in batch.groups]

    found = [of_group for of_rank in Ranks(ranks).run(work) for of_group in of_rank]
    close([of_group[0] for of_group in found], [[1, -1, -1, 1], [0.5, 0.5, 0.5, -1.5]])
    close(
        [of_group[1] for of_group in found],
        [[1.06338072, -0.89978368, -0.89978368, 1.06338072], [0.57258962, 0.57258962, 0.57258962, -1.39057478]],
    )
    deviation = torch.tensor(REWARDS).double().std() + 1e-4
    close(found[0][2], (torch.tensor([0.5, -0.5, -0.5, 0.5]) / deviation).tolist())


def gradient(mine: Sequence[Group], losses: Sequence[Loss], rank: OneRank | None, budget: int) -> torch.Tensor:
    policy = TinyLM(lr=0, budget=budget)
    run = run_of({POLICY: policy}, rank)
    batch = settled(mine, tuple(losses), terms=TERMS, models=run.models, across=rank)
    learn(policy, run.answer, batch, losses)
    return policy.grads


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_the_step_is_the_same_however_the_groups_are_spread(cut: int) -> None:
    losses = (ClippedSurrogate(), ClippedSurrogate(by=BatchNorm(), over=Sequences(), low=0.1))
    alone = gradient(world(), losses, None, 10**9)
    spread = Ranks().run(lambda rank: gradient(world()[:cut] if rank.number else world()[cut:], losses, rank, 9))
    for grads in spread:
        assert float((grads - alone).norm() / alone.norm()) < 1e-12


MONITOR = Survey(every=2, stage=Stage(name="monitor", tasks=Tasks(5), rollout=SAMPLE, groups=5, metrics=(Coverage(),)))


@pytest.mark.parametrize(("rounds", "minibatch"), [(1, 2), (4, 4)])
def test_two_ranks_never_wait_for_each_other_and_stay_equal(rounds: int, minibatch: int) -> None:
    """Refill, surveys, stores, statistics of the batch and two trained roles, with groups that differ by rank."""
    stage = Stage(
        tasks=Tasks(),
        rollout=SAMPLE,
        groups=6,
        rounds=rounds,
        steps=4,
        minibatch=minibatch,
        filters=(KeepVaried(RIGHT),),
        rewards=(Term("laser", LaserD("monitor")),),
        losses=(ClippedSurrogate(by=Whitened(by_token=True)), TokenRewardModel()),
        metrics=(RewardTable(), Lengths(), Mean("right", RIGHT)),
        keep=(ConfidencePairs(),),
        surveys=(MONITOR,),
    )

    def work(rank: OneRank) -> Run:
        run = run_of({POLICY: TinyLM(), TOKEN_RM: TinyLM(1), PAIRS: Store()}, rank)
        train(Recipe(name="ranks", stages=(stage,)), run)
        return run

    a, b = Ranks().run(work)
    assert a.history == b.history
    assert a.models[PAIRS].rows == b.models[PAIRS].rows != []
    for role in (POLICY, TOKEN_RM):
        weights = zip(a.models[role].core.parameters(), b.models[role].core.parameters(), strict=True)
        assert all(torch.equal(x, y) for x, y in weights)
    assert rounds == 1 or a.updates == 4 * 2
    assert rounds == 1 or a.source(stage.tasks).at != b.source(stage.tasks).at, "each draws as much as it needs"


@dataclass(frozen=True)
class OnlyTheFirstRank:
    """Leaves the other rank without a group."""

    def __call__(self, batch: Batch) -> list[bool]:
        return [threading.current_thread().name == "0"] * len(batch.groups)


@dataclass(frozen=True)
class Ragged:
    """A metric that has nothing to say without groups."""

    def __call__(self, batch: Batch) -> dict[str, float]:
        return {"groups": float(len(batch.groups))} if batch.groups else {}


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_rank_without_groups_takes_part(rounds: int) -> None:
    by = Whitened(by_token=True)
    stage = Stage(
        tasks=Tasks(), rollout=SAMPLE, groups=6, rounds=rounds, steps=2, filters=(OnlyTheFirstRank(),),
        rewards=TERMS, losses=(ClippedSurrogate(by=by),), metrics=(RewardTable(), Ragged()),
    )  # fmt: skip

    def work(rank: OneRank) -> Run:
        threading.current_thread().name = str(rank.number)
        run = run_of({POLICY: TinyLM()}, rank)
        train(Recipe(name="empty", stages=(stage,)), run)
        return run

    a, b = Ranks().run(work)
    assert str(a.history) == str(b.history)
    assert a.history["stage/groups"] == [3.0, 3.0]
    weights = zip(a.models[POLICY].core.parameters(), b.models[POLICY].core.parameters(), strict=True)
    assert all(torch.equal(x, y) for x, y in weights)


@dataclass(frozen=True)
class Shared:
    """Questions that all ranks draw from."""

    def load_tasks(self, home: object) -> tuple[list[Task], list[BadRecord]]:
        return [Tasks().task(i, 0) for i in range(11)], []


@pytest.mark.parametrize(("num", "groups", "minibatch"), [(2, 6, 4), (2, 5, None), (3, 4, 3), (3, 2, None)])
def test_a_run_is_the_same_with_any_number_of_ranks(num: int, groups: int, minibatch: int | None) -> None:
    """Order of the tasks, refills, mini-batches, exams and statistics; ranks may have no group at all."""
    stage = Stage(
        name="train",
        tasks=Shuffled(Shared()),
        rollout=SAMPLE,
        groups=groups,
        rounds=3,
        steps=3,
        minibatch=minibatch,
        filters=(KeepVaried(RIGHT),),
        rewards=TERMS,
        losses=(ClippedSurrogate(by=Whitened(by_token=True)),),
        metrics=(Lengths(),),
    )
    exam = Stage(name="exam", tasks=InOrder(Shared()), rollout=SAMPLE, groups=11, metrics=(Mean("right", RIGHT),))
    recipe = Recipe(name="shared", stages=(stage,), exams=(exam,))

    def work(rank: OneRank | None) -> tuple[Run, torch.Tensor]:
        policy = TinyLM()
        run = run_of({POLICY: policy}, rank)
        train(recipe, run)
        return run, torch.cat([p.detach().flatten() for p in policy.core.parameters()])

    alone, weights = work(None)
    for run, own in Ranks(num).run(work):
        assert run.history.keys() == alone.history.keys()
        close([run.history[name] for name in run.history if "/right" in name], [alone.history["exam/right"]])
        close(run.history["train/policy/loss"], alone.history["train/policy/loss"])
        assert float((own - weights).norm() / weights.norm()) < 1e-10
        assert run.source(stage.tasks).state_dict() == alone.source(stage.tasks).state_dict()


def test_shares_and_deals() -> None:
    ranks = [OneRank(Ranks(3), number) for number in range(3)]
    assert [share(7, rank) for rank in ranks] == [3, 2, 2]
    assert sorted(place for rank in range(3) for place in dealt([4, 0, 2], rank)) == list(range(6))
    assert dealt([2, 2], 1) == [1, 3]
