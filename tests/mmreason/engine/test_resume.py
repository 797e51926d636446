"""A run that stops anywhere and goes on from its state is the run that never stopped."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, REFERENCE
from mmreason.engine import Silent, train
from mmreason.errors import RecipeError
from mmreason.filters.keep_varied import KeepVaried
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.run import Pending, Run
from mmreason.schedules import Linear
from tests.mmreason.engine.methods import PAIRS, RIGHT, SAMPLE, TOKEN_RM, ConfidencePairs, LaserD, TokenRewardModel
from tests.mmreason.engine.test_ranks import MONITOR
from tests.mmreason.engine.test_stores_dpo import AsWritten, Dpo, Stored
from tests.mmreason.engine.test_surveys_history import Recap
from tests.mmreason.fakes import Store, Tasks, run_of
from tests.mmreason.tiny_lm import TinyLM

HEAT = Recap(("a/policy/loss", "a/policy/grad_norm"), 0)


def recipe() -> Recipe:
    """Everything that has state: surveys, refill, history, schedules, a store, two trained roles, minibatches."""
    a = Stage(
        name="a",
        tasks=Tasks(),
        rollout=replace(SAMPLE, temperature=HEAT),
        groups=4,
        rounds=3,
        steps=4,
        minibatch=2,
        filters=(KeepVaried(RIGHT),),
        rewards=(Term("laser", LaserD("monitor"), Linear(1.0, 0.5)),),
        losses=(ClippedSurrogate(), TokenRewardModel()),
        surveys=(MONITOR,),
        keep=(ConfidencePairs(),),
    )
    b = Stage(name="b", tasks=Stored(), rollout=AsWritten(), groups=2, steps=2, losses=(Dpo(),))
    exam = Stage(name="exam", tasks=Tasks(3), rollout=SAMPLE, groups=3, metrics=MONITOR.stage.metrics)
    return Recipe(name="all", stages=(a, b), exams=(exam,))


def fresh() -> Run:
    return run_of({POLICY: TinyLM(), REFERENCE: TinyLM(lr=0), TOKEN_RM: TinyLM(1), PAIRS: Store()}, seed=3)


class Stop(Exception):
    """The run was interrupted."""


class StopAt(Silent):
    """Raises at the n-th chance: between optimiser steps or between steps."""

    def __init__(self, at: int) -> None:
        self.left = at

    def updated(self, run: Run, stage: Stage) -> None:
        self.left -= 1
        if self.left == 0:
            raise Stop

    def stepped(self, run: Run, *rest: Any) -> None:
        self.updated(run, recipe().stages[0])


def copied(state: dict[str, Any]) -> dict[str, Any]:
    """Through a file that holds plain values and tensors only."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def uninterrupted() -> Run:
    run = fresh()
    train(recipe(), run)
    assert run.updates == 4 * 2 + 2
    return run


@pytest.mark.parametrize("at", [1, 2, 5, 8, 9])
def test_stopped_and_gone_on_equals_uninterrupted(uninterrupted: Run, at: int) -> None:
    first, second = fresh(), fresh()
    with pytest.raises(Stop):
        train(recipe(), first, StopAt(at))
    second.load_state_dict(copied(first.state_dict()), recipe())
    if first.pending is not None:
        second.pending = Pending(first.pending.batch, first.pending.at, first.pending.logged)
    train(recipe(), second)
    assert second.history == uninterrupted.history
    assert (second.updates, second.examined) == (uninterrupted.updates, 2)
    for role in (POLICY, TOKEN_RM):
        weights = zip(second.models[role].core.parameters(), uninterrupted.models[role].core.parameters(), strict=True)
        assert all(torch.equal(x, y) for x, y in weights)


def test_a_finished_run_does_nothing_when_it_is_started_again(uninterrupted: Run) -> None:
    calls = uninterrupted.models[POLICY].calls
    train(recipe(), uninterrupted)
    assert uninterrupted.models[POLICY].calls == calls


def test_a_source_that_the_recipe_lacks_is_refused(uninterrupted: Run) -> None:
    other = Recipe(name="other", stages=(replace(recipe().stages[0], tasks=Tasks(99)),))
    with pytest.raises(RecipeError, match="the checkpoint has a task source that the recipe lacks"):
        fresh().load_state_dict(copied(uninterrupted.state_dict()), other)
