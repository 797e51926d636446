"""Rollouts that are drawn while the step before is learned from: with which weights, and the same every time."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from mmreason.asks import POLICY, Request, Role
from mmreason.engine import Silent, train
from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.batch import Lengths, Mean
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.types import Batch
from tests.mmreason.fakes import Even, Tasks, run_of
from tests.mmreason.tiny_lm import TinyLM

SAMPLER = Role("sampler")


class Copy(TinyLM):
    """Samples with the policy's weights as they were after its last step."""

    apart = True

    def __init__(self, of: TinyLM) -> None:
        super().__init__(core=copy.deepcopy(of.core))
        self.of = of
        self.threads: list[str] = []
        self.fails_at = -1

    def answer(self, requests: Sequence[Request[Any]]) -> list[Any]:
        self.threads.append(threading.current_thread().name)
        if len(self.threads) == self.fails_at:
            raise RecipeError("the engine is gone")
        return super().answer(requests)

    def after_step(self, batch: Batch) -> None:
        self.core.load_state_dict(self.of.core.state_dict())


class Notes(Silent):
    """Keeps every batch, and the policy's weights before the first and after each step."""

    def __init__(self, run: Run) -> None:
        self.batches: list[Batch] = []
        self.weights = [copy.deepcopy(run.models[POLICY].core.state_dict())]
        self.order: list[str] = []

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        self.batches.append(batch)
        self.order.append(f"collected {batch.progress.step}")

    def updated(self, run: Run, stage: Stage) -> None:
        self.order.append("updated")

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        self.weights.append(copy.deepcopy(run.models[POLICY].core.state_dict()))
        self.order.append(f"stepped {batch.progress.step}")

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        self.order.append(f"measured {run.step}")


def recipe(behind: Any, by: Role = SAMPLER, steps: int = 4) -> Recipe:
    survey = Stage(name="monitor", tasks=Tasks(2), rollout=Sample(num=2, limit=3), groups=2, metrics=(Lengths(),))
    stage = Stage(
        name="learn", tasks=Tasks(5), rollout=Sample(num=4, limit=4, by=by), steps=steps, groups=2, behind=behind,
        minibatch=1, rewards=(Term("even", Even()),), losses=(ClippedSurrogate(),),
        metrics=(Lengths(), Mean(name="even", of=Even())), surveys=(Survey(every=2, stage=survey),),
    )  # fmt: skip
    return Recipe(name="late", stages=(stage, replace(stage, name="again", steps=2)))


def played(behind: Any, by: Role = SAMPLER, overlap: bool = True) -> tuple[Run, Notes]:
    policy = TinyLM(lr=0.5)
    run = run_of({POLICY: policy, SAMPLER: Copy(policy)}, seed=3)
    run.overlap = overlap
    notes = Notes(run)
    train(recipe(behind, by), run, notes)
    return run, notes


def tokens(batch: Batch) -> list[list[int]]:
    return [c.tokens.tolist() for _, c in batch.pairs()]


def same(a: tuple[Run, Notes], b: tuple[Run, Notes]) -> None:
    assert [tokens(batch) for batch in a[1].batches] == [tokens(batch) for batch in b[1].batches]
    assert a[0].history == b[0].history
    for left, right in zip(a[1].weights, b[1].weights, strict=True):
        assert all(bool((left[name] == right[name]).all()) for name in left)


def test_without_delay_a_copy_that_follows_is_the_policy() -> None:
    same(played(None, POLICY), played(None, SAMPLER))


def test_threads_change_nothing() -> None:
    beside, before = played(1), played(1, overlap=False)
    same(beside, before)
    assert any(name.startswith("flight") for name in beside[0].models[SAMPLER].threads)
    assert not any(name.startswith("flight") for name in before[0].models[SAMPLER].threads)
    assert threading.active_count() < 20  # none is left over
    assert not any(thread.name.startswith("flight") for thread in threading.enumerate())


def test_each_batch_is_drawn_with_the_weights_before_the_step_before() -> None:
    _, notes = played(1)
    late, _ = notes, played(None)
    drawn_with = [0, 0, 1, 2, 4, 4]  # two stages of four and two steps: each begins with the weights of then
    for batch, number in zip(late.batches, drawn_with, strict=True):
        fresh = Copy(TinyLM())
        fresh.core.load_state_dict(notes.weights[number])
        run = run_of({POLICY: TinyLM(), SAMPLER: fresh}, seed=3)
        step, stage = batch.progress.step, next(s for s in recipe(1).stages if s.name == batch.progress.stage)
        from mmreason.engine import Live

        scene = Live(run, batch.progress, run.across, (stage.name, step, 0))
        again = stage.rollout([group.task for group in batch.groups], scene)
        assert [c.tokens.tolist() for group in again for c in group.completions] == tokens(batch)


def test_the_ratio_is_against_the_weights_that_sampled() -> None:
    run, notes = played(1)
    ratios = run.history["learn/policy/ratio"]
    assert abs(ratios[0] - 1) < 0.2
    now = run_of({POLICY: TinyLM(), SAMPLER: Copy(TinyLM())}, seed=3)
    now.models[POLICY].core.load_state_dict(notes.weights[2])
    from mmreason.checks import gaps_of

    gaps = gaps_of(now, notes.batches[2])  # learned from at weights 2, drawn at weights 1
    assert max(float(gap.max()) for gap in gaps) > 1e-3
    now.models[POLICY].core.load_state_dict(notes.weights[1])
    assert max(float(gap.max()) for gap in gaps_of(now, notes.batches[2])) < 1e-12


def test_what_observers_hear_and_when_surveys_run() -> None:
    _, notes = played(1)
    assert notes.order[:7] == [
        "measured 0", "collected 0", "collected 1", "stepped 0", "collected 2", "stepped 1", "measured 2",
    ]  # fmt: skip
    assert notes.order.count("measured 0") == 2  # of both stages
    assert notes.order.count("measured 2") == 1
    assert notes.order.count("updated") == 2  # in the last step of each stage, when nothing is under way


def test_a_learner_is_not_asked_while_it_learns() -> None:
    with pytest.raises(RecipeError, match=r"behind=1 draws rollouts while policy learns.*by=SAMPLER"):
        played(1, POLICY)
    with pytest.raises(RecipeError, match="behind must be 1 or None"):
        recipe(2)


@pytest.mark.parametrize("overlap", [True, False])
def test_a_failure_under_way_is_told_and_leaves_no_thread(overlap: bool) -> None:
    policy = TinyLM()
    run = run_of({POLICY: policy, SAMPLER: Copy(policy)}, seed=3)
    run.overlap, run.models[SAMPLER].fails_at = overlap, 2
    with pytest.raises(RecipeError, match="the engine is gone"):
        train(recipe(1), run)
    assert not any(thread.name.startswith("flight") for thread in threading.enumerate())


def test_stopped_after_any_step_it_goes_on_as_if_never_stopped() -> None:
    class Stop(Exception):
        """Interrupted."""

    class StopAfter(Silent):
        def __init__(self, step: int) -> None:
            self.step = step

        def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
            if (stage.name, batch.progress.step) == ("learn", self.step):
                raise Stop

    whole, _ = played(1)
    for step in range(4):
        policy = TinyLM(lr=0.5)
        run = run_of({POLICY: policy, SAMPLER: Copy(policy)}, seed=3)
        with pytest.raises(Stop):
            train(recipe(1), run, StopAfter(step))
        state, pending = copy.deepcopy(run.state_dict()), run.pending
        assert (pending is None) == (step == 3)
        other = TinyLM(lr=0.5)
        resumed = run_of({POLICY: other, SAMPLER: Copy(other)}, seed=3)
        resumed.load_state_dict(state, recipe(1))
        resumed.pending = pending
        train(recipe(1), resumed)
        assert resumed.history == whole.history
