"""The loop: stages in order, surveys, exams, stores, and what is refused before anything is sampled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mmreason.asks import EMA, POLICY, REFERENCE
from mmreason.engine import train
from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import Lengths, Mean
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Term
from mmreason.rollouts.demonstrations import Demonstrations
from mmreason.run import Run
from mmreason.types import Batch
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS, ConfidencePairs, Grade
from tests.mmreason.fakes import Fixed, Store, Tasks, close, run_of
from tests.mmreason.tiny_lm import TinyLM

STAGE = Stage(tasks=Tasks(), rollout=SAMPLE, groups=4, steps=3, rewards=TERMS, losses=(ClippedSurrogate(),))
ACCURACY = Mean("accuracy", RIGHT)


def recipe(*stages: Stage, **fields: Any) -> Recipe:
    return Recipe(name="test", stages=stages, **fields)


@dataclass
class Diary:
    """An observer that writes down what happens."""

    lines: list[str] = field(default_factory=list)

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        assert all(term.reward in batch.known for term in batch.terms)
        self.lines.append(f"collected {stage.name}")

    def updated(self, run: Run, stage: Stage) -> None:
        assert run.pending is not None
        self.lines.append(f"updated {run.pending.at}")

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        self.lines.append(f"stepped to {run.step}: {', '.join(sorted(metrics))}")

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        self.lines.append(f"measured {stage.name}")


def test_a_run_from_exam_to_exam() -> None:
    exam = replace(STAGE, name="exam", losses=(), steps=1, metrics=(ACCURACY,))
    survey = Survey(every=2, stage=replace(exam, name="survey"))
    first = replace(STAGE, name="first", steps=2, surveys=(survey,), minibatch=2)
    second = replace(STAGE, name="second", steps=1, losses=(), metrics=(Lengths(),))
    diary, run = Diary(), run_of({POLICY: TinyLM()})
    train(recipe(first, second, exams=(exam,)), run, diary)
    learned = "first/policy/clip_fraction, first/policy/grad_norm, first/policy/loss, first/policy/ratio"
    assert diary.lines == [
        "measured exam",
        "measured survey",
        "collected first",
        "updated 1",
        f"stepped to 1: {learned}",
        "collected first",
        "updated 1",
        f"stepped to 2: {learned}",
        "collected second",
        "stepped to 1: second/length, second/truncated",
        "measured exam",
    ]
    assert (run.stage, run.updates, run.examined) == (2, 4, 2)
    assert {name: len(values) for name, values in run.history.items()} == {
        **dict.fromkeys(learned.split(", "), 2),
        **dict.fromkeys(("second/length", "second/truncated", "survey/accuracy"), 1),
        "exam/accuracy": 2,
    }


def test_exams_are_paired() -> None:
    exam = replace(STAGE, name="exam", losses=(), metrics=(ACCURACY,), steps=1)
    run = run_of({POLICY: TinyLM()})
    train(recipe(exams=(exam,)), run)
    before, after = run.history["exam/accuracy"]
    assert before == after, "nothing was learned, and both rounds have the same questions and draws"
    assert run.source(exam.tasks).at == 0  # type: ignore[attr-defined]


def test_the_policy_learns_what_is_rewarded() -> None:
    run = run_of({POLICY: TinyLM(lr=1.0)})
    train(recipe(replace(STAGE, steps=15, groups=6, metrics=(ACCURACY,))), run)
    seen = run.history["stage/accuracy"]
    assert sum(seen[-5:]) / 5 > sum(seen[:5]) / 5 + 0.1


def test_a_supervised_stage_is_the_same_loop() -> None:
    stage = replace(STAGE, rollout=Demonstrations(field="demo"), rewards=(), losses=(CrossEntropy(),), steps=20)
    run = run_of({POLICY: TinyLM(lr=1.0)})
    train(recipe(stage), run)
    losses = run.history["stage/policy/loss"]
    assert losses[-1] < losses[0] - 0.5


def test_records_are_kept_for_a_later_stage_and_the_source_is_told() -> None:
    run = run_of({POLICY: TinyLM(), ConfidencePairs().into: Store()})
    train(recipe(replace(STAGE, losses=(), keep=(ConfidencePairs(),))), run)
    rows = run.models[ConfidencePairs().into].rows
    assert rows
    assert all(row["chosen"][-1] % 2 == 0 and row["rejected"][-1] % 2 for row in rows)
    assert run.source(STAGE.tasks).seen == 12  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "stage",
    [
        replace(STAGE, losses=(KLPenalty(),)),
        replace(STAGE, rewards=(Term("judge", Grade()),)),
        replace(STAGE, keep=(ConfidencePairs(),)),
        replace(STAGE, rollout=replace(SAMPLE, by=EMA)),
        replace(STAGE, losses=(CrossEntropy(trains=REFERENCE),)),
        replace(STAGE, surveys=(Survey(every=1, stage=replace(STAGE, losses=(), rollout=replace(SAMPLE, by=EMA))),)),
    ],
    ids=["loss", "reward", "store", "rollout", "trained", "survey"],
)
def test_a_role_that_nobody_plays_is_found_before_the_first_rollout(stage: Stage) -> None:
    policy = TinyLM()
    run = run_of({POLICY: policy})
    with pytest.raises(RecipeError, match=r"the recipe asks \['\w+'\], but only \['policy'\] are loaded"):
        train(recipe(stage), run)
    assert policy.calls == 0
    assert run.sources == {}


def test_a_role_that_only_an_exam_needs_is_found_too() -> None:
    exam = replace(STAGE, name="exam", losses=(), rewards=(Term("judge", Grade()),))
    with pytest.raises(RecipeError, match="judge"):
        train(recipe(STAGE, exams=(exam,)), run_of({POLICY: TinyLM()}))


def test_a_mutable_field_is_found_before_the_first_rollout() -> None:
    policy = TinyLM()
    stage = replace(STAGE, rewards=(Term("bad", Fixed(rows=[("q0", (1.0,))])),))  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match=r"recipe\.stages\[0\]\.rewards\[0\]\.reward\.rows holds a list"):
        train(recipe(stage), run_of({POLICY: policy}))
    assert policy.calls == 0


def test_a_stage_that_draws_nothing_new_when_run_again() -> None:
    """The draws of a step depend on run seed, stage, step and task alone."""
    seen = []
    for _ in range(2):
        run = run_of({POLICY: TinyLM()}, seed=5)
        train(recipe(replace(STAGE, losses=(), metrics=(Lengths(), ACCURACY))), run)
        seen.append(run.history)
    other = run_of({POLICY: TinyLM()}, seed=6)
    train(recipe(replace(STAGE, losses=(), metrics=(Lengths(), ACCURACY))), other)
    assert seen[0] == seen[1]
    assert seen[0] != other.history


def test_metrics_are_averaged_over_ranks_and_missing_ones_left_out() -> None:
    run = run_of({})
    assert run.log("a", {"x": 1.0, "y": float("nan")})["a/x"] == 1.0
    close(run.history["a/y"], [float("nan")])
