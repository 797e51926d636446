"""Which checkpoint is kept for its metric, through rotation, ties, gaps and resuming."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.errors import CheckError, CheckpointError, RecipeError
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.best import FILE, Best, best_of
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.types import Batch
from tests.mmreason.runs.test_driver import Crash, CrashAt
from tests.mmreason.runs.world import recipe

SCORES = (0.2, 0.9, 0.4, 0.9, 0.1, float("nan"), 0.3)


@dataclass(frozen=True)
class Scripted:
    """A metric with a value for every step of the run, known beforehand."""

    def __call__(self, batch: Batch) -> dict[str, float]:
        seen = sum(len(values) for name, values in batch.progress.history.items() if name.endswith("policy/loss"))
        return {"score": SCORES[seen]}


def scripted(steps: int = 3) -> Recipe:
    """Two stages of some steps, the first with a survey every second step; each step makes one update."""
    one = recipe(steps=steps)
    stages = []
    for stage in one.stages:
        surveys = tuple(replace(survey, stage=replace(survey.stage, metrics=(Scripted(),))) for survey in stage.surveys)
        metrics = (*stage.metrics, Scripted())
        stages.append(replace(stage, epochs=1, minibatch=None, surveys=surveys, metrics=metrics))
    return replace(one, stages=tuple(stages), exams=())


def train(home: Path, metric: str, of: Recipe | None = None, **options: Any) -> None:
    saving = Saving(curves=-1, keep=1, **{"every": 1, "best": metric} | options.pop("saving", {}))
    train_recipe(of or scripted(), home, quiet=True, saving=saving, **options)


def kept(home: Path) -> list[str]:
    return [path.name for path in checkpoint.found(home)]


@pytest.mark.parametrize("background", [False, True])
def test_the_best_by_a_steps_metric_is_kept_besides_the_newest(tmp_path: Path, background: bool) -> None:
    train(tmp_path, "first/score", saving={"background": background})
    assert json.loads((tmp_path / "checkpoints" / FILE).read_text()) == {
        "metric": "first/score", "which": "highest", "value": 0.9, "checkpoint": "step_000002",
    }  # fmt: skip
    assert kept(tmp_path) == ["step_000002", "step_000006"]
    assert best_of(tmp_path) == tmp_path / "checkpoints" / "step_000002"


def test_the_lowest_may_be_the_best_and_what_was_not_measured_never_is(tmp_path: Path) -> None:
    train(tmp_path, "second/score", saving={"best_is": "lowest"})
    assert kept(tmp_path) == ["step_000005", "step_000006"]


def test_before_a_survey_that_measures_it_a_checkpoint_is_taken(tmp_path: Path) -> None:
    train(tmp_path, "monitor/score", saving={"every": 0})
    told = json.loads((tmp_path / "checkpoints" / FILE).read_text())
    assert (told["checkpoint"], told["value"]) == ("step_000002", SCORES[2])
    assert kept(tmp_path) == ["step_000002", "step_000006"]


def test_a_crash_between_saving_and_judging_forgets_nothing(tmp_path: Path) -> None:
    with pytest.raises(Crash):
        train(tmp_path, "first/score", observers=[CrashAt(3)], saving={"background": True})
    (tmp_path / "checkpoints" / FILE).unlink(missing_ok=True)
    train(tmp_path, "first/score", resume=True)
    assert kept(tmp_path) == ["step_000002", "step_000006"]


def test_a_name_that_nothing_measures_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="NAME is one of monitor, first, second; surveys are measured while"):
        train(tmp_path / "a", "accuracy")
    with pytest.raises(CheckError, match="'monitor' measures monitor/score; name one of these"):
        train(tmp_path / "b", "monitor/acuracy")


def judged(home: Path, which: Any, *heard: tuple[str, list[float]]) -> str | None:
    """What is the best after surveys of several steps have been heard."""
    best = Best(scripted(), home, "monitor/score", which)
    best.begin(Run({}))
    for name, values in heard:
        (home / "checkpoints" / name).mkdir(parents=True, exist_ok=True)
        for i, value in enumerate(values):
            best.hear("monitor", {"monitor/score": value}, name, anew=i == 0)
        best.hear("first", {}, name)
        best.decide()
    return None if best.known is None else str(best.known["checkpoint"])


def test_a_survey_of_several_steps_counts_by_its_mean_and_of_equals_the_first(tmp_path: Path) -> None:
    nan = float("nan")
    one, two, three = ("step_000001", [0.1, 0.9]), ("step_000002", [0.6, nan]), ("step_000003", [0.6, 0.6])
    assert judged(tmp_path / "a", "highest", one, two, three) == "step_000002"
    assert judged(tmp_path / "b", "lowest", one, two, three) == "step_000001"
    assert judged(tmp_path / "c", "highest", ("step_000001", [nan])) is None


def test_a_checkpoint_that_is_gone_is_no_best_and_damage_is_told(tmp_path: Path) -> None:
    judged(tmp_path, "highest", ("step_000001", [0.9]))
    (tmp_path / "checkpoints" / "step_000001").rmdir()
    assert best_of(tmp_path) is None
    assert judged(tmp_path, "highest", ("step_000002", [0.1])) == "step_000002"
    (tmp_path / "checkpoints" / FILE).write_text("{")
    with pytest.raises(CheckpointError, match=r"best\.json cannot be read \(JSONDecodeError\); remove it"):
        judged(tmp_path, "highest")
