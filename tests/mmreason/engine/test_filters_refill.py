"""Filters and dynamic sampling: who is dropped, who is drawn again, and what is measured for whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from mmreason.asks import POLICY
from mmreason.credit.whitened import Whitened
from mmreason.engine import collect, train
from mmreason.errors import RecipeError
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Reward, Term
from mmreason.run import Run
from mmreason.signals import Given
from mmreason.slots import Scene
from mmreason.types import Batch, Group, Progress, Task
from tests.mmreason.engine.methods import JUDGE, RIGHT, SAMPLE, TERMS, Grade, Judged
from tests.mmreason.fakes import Says, Tasks, close, comp, run_of
from tests.mmreason.tiny_lm import TinyLM

STAGE = Stage(
    tasks=Tasks(),
    rollout=SAMPLE,
    groups=6,
    rounds=5,
    filters=(KeepVaried(RIGHT),),
    rewards=TERMS,
    losses=(ClippedSurrogate(),),
)


def collected(stage: Stage, run: Run) -> Batch:
    return collect(stage, run, Progress(0, 1, stage.name, run.history))


def drawn(run: Run) -> int:
    return run.source(STAGE.tasks).at  # type: ignore[attr-defined, no-any-return]


def test_groups_without_spread_are_replaced_until_the_step_is_full() -> None:
    run = run_of({POLICY: TinyLM()})
    batch = collected(STAGE, run)
    assert len(batch.groups) == 6 < drawn(run)
    assert all(0 < float(g[RIGHT].sum()) < 4 for g in batch.groups)


def test_without_rounds_to_spare_the_step_goes_on_with_fewer() -> None:
    run = run_of({POLICY: TinyLM()})
    assert len(collected(replace(STAGE, rounds=1), run).groups) < 6 == drawn(run)


def test_a_stage_that_wants_full_steps_stops_where_the_draws_do_not_fill_one() -> None:
    run = run_of({POLICY: TinyLM()})
    wanting = replace(STAGE, rounds=1, shortfall="stop")
    num = len(collected(replace(STAGE, rounds=1), run_of({POLICY: TinyLM()})).groups)
    with pytest.raises(RecipeError, match=rf"1 draws of up to 6 groups left {num} that the filters \(KeepVaried\)"):
        collected(wanting, run)
    assert len(collected(replace(STAGE, shortfall="stop"), run_of({POLICY: TinyLM()})).groups) == 6
    with pytest.raises(RecipeError, match="shortfall must be learn or stop"):
        replace(STAGE, shortfall="skip")


@dataclass(frozen=True)
class Nobody:
    """Drops every group."""

    def __call__(self, batch: Batch) -> list[bool]:
        return [False] * len(batch.groups)


def test_a_step_whose_groups_are_all_dropped_learns_nothing_and_goes_on() -> None:
    run = run_of({POLICY: TinyLM()})
    by = Whitened(by_token=True)
    stage = replace(STAGE, filters=(Nobody(),), rounds=2, steps=2, losses=(ClippedSurrogate(by=by),))
    train(Recipe(name="none", stages=(stage,)), run)
    assert run.history["stage/policy/grad_norm"] == [0.0, 0.0]
    assert drawn(run) == 2 * 2 * 6


def test_the_dear_probe_is_asked_only_about_what_the_screen_has_kept() -> None:
    judge = Says(lambda request: 0.5)
    run = run_of({POLICY: TinyLM(), JUDGE: judge})
    right_only = Grade(Judged(where=RIGHT))
    terms = (*TERMS, Term("all", Grade(), 0.1), Term("right only", right_only, 0.1))
    batch = collected(replace(STAGE, rewards=terms), run)
    kept = sum(int(g[RIGHT].sum()) for g in batch.groups)
    assert judge.asked == 6 * 4 + kept
    assert judge.calls == 1, "the reward that chooses was known from the screen"


@dataclass(frozen=True)
class AboveMedian:
    """Keeps the groups above the batch's median reward: judged by company, so judged anew each round."""

    of: Reward = RIGHT

    def __call__(self, batch: Batch) -> list[bool]:
        means = torch.stack([g[self.of].mean() for g in batch.groups]) if batch.groups else torch.zeros(0)
        return [bool(m >= means.median()) for m in means]


@dataclass(frozen=True)
class Share(Reward):
    """Each group's share of all the reward in the batch."""

    of: Reward = RIGHT

    def __call__(self, batch: Batch) -> list[Tensor]:
        every = batch.everyone([g[self.of] for g in batch.groups]).sum()
        return [g[self.of] / every.clamp(min=1) for g in batch.groups]


def test_terms_that_see_the_batch_are_computed_on_the_groups_that_stay() -> None:
    run = run_of({POLICY: TinyLM()})
    shares = Share()
    stage = replace(STAGE, filters=(AboveMedian(), KeepVaried(shares)), rewards=(Term("share", shares),), rounds=8)
    batch = collected(stage, run)
    close(sum(float(g[shares].sum()) for g in batch.groups), 1.0)


@dataclass(frozen=True)
class Depth(Given["list[int]"]):
    """What only the rollout knows."""


@dataclass(frozen=True)
class OnceOnly:
    """Finds one group in the first round, and none later."""

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]:
        if scene.where[2]:  # type: ignore[attr-defined]
            return []
        return [Group(tasks[0], (comp([1]),), {Depth(): [3]})]


@dataclass(frozen=True)
class Deep:
    """A metric of what the rollout has given."""

    of: Depth = Depth()

    def __call__(self, batch: Batch) -> dict[str, float]:
        return {"depth": float(batch.groups[0][self.of][0])}


def test_a_round_that_finds_nothing_forgets_nothing() -> None:
    stage = replace(STAGE, rollout=OnceOnly(), filters=(), metrics=(Deep(),), rounds=3)
    assert Deep()(collected(stage, run_of({POLICY: TinyLM()}))) == {"depth": 3.0}


def test_twins_leave_together() -> None:
    run = run_of({POLICY: TinyLM()})
    stage = replace(STAGE, tasks=Tasks(twins=True), rounds=6)
    batch = collected(stage, run)
    ids = [g.task.id for g in batch.groups]
    assert all(g.task.peer in ids for g in batch.groups)
    assert all(batch.peer_of(batch.peer_of(g)).task.id == g.task.id for g in batch.groups)
