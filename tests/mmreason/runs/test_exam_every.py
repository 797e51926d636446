"""Exams in the middle of training: on the same tasks each time, and without a trace in what is learned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.errors import RecipeError
from mmreason.recipe import Recipe
from mmreason.runs import checkpoint
from mmreason.runs.best import FILE
from mmreason.runs.curves import exam_points
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from tests.mmreason.runs.drill import files_of, same_runs
from tests.mmreason.runs.test_driver import Crash, CrashAt
from tests.mmreason.runs.world import recipe

EXAMINED = replace(recipe(), exam_every=2)


def train(home: Path, of: Recipe = EXAMINED, observers: Any = (), resume: bool = False, **saving: Any) -> None:
    kept = Saving(**{"every": 1, "keep": -1, "curves": -1} | saving)
    train_recipe(of, home, quiet=True, saving=kept, observers=observers, resume=resume)


def lines(home: Path) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in (home / "metrics.jsonl").read_text().splitlines()]
    return [line for line in told if line["stage"] == "held_out"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stages of three steps, with exams of two steps after the second and the fourth."""
    home = tmp_path_factory.mktemp("runs") / "whole"
    train(home)
    return home


def test_exams_are_taken_between_steps_and_change_nothing(whole: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    train(plain, recipe())
    assert [(x["kind"], x["step"], x.get("when", "")) for x in lines(whole)[::2]] == [
        ("exam", 0, "before"), ("survey", 2, ""), ("survey", 4, ""), ("exam", 6, "after"),
    ]  # fmt: skip
    assert files_of(whole, "checkpoints/*/*/*.safetensors") == files_of(plain, "checkpoints/*/*/*.safetensors")
    told = [json.loads((home / "summary.json").read_text()) | {"seconds": 0} for home in (whole, plain)]
    assert told[0] == told[1]


def test_the_same_tasks_are_asked_with_the_same_seeds(tmp_path: Path) -> None:
    train(tmp_path, replace(recipe(lr=0.0), exam_every=1))
    found = [line["metrics"] for line in lines(tmp_path)]
    assert len(found) == 2 * 7
    assert all(found[at : at + 2] == found[:2] for at in range(0, len(found), 2))


@pytest.mark.parametrize("crash", [CrashAt(updates=9), CrashAt(measured=5), CrashAt(updates=10)])
def test_a_run_goes_on_before_in_or_after_such_an_exam(whole: Path, tmp_path: Path, crash: CrashAt) -> None:
    """The exam after the second step is the fourth and fifth thing that is measured; a step has four updates."""
    home = tmp_path / "run"
    with pytest.raises(Crash):
        train(home, observers=[crash], unit="update")
    train(home, resume=True, unit="update")
    same_runs(whole, home)


def test_the_best_checkpoint_by_an_exam(whole: Path, tmp_path: Path) -> None:
    train(tmp_path, every=0, best="held_out/accuracy", keep=1)
    marks = exam_points([json.loads(x) for x in (whole / "metrics.jsonl").read_text().splitlines()], "accuracy")
    after = {step: value for step, value in marks["held_out"] if step}
    best = json.loads((tmp_path / "checkpoints" / FILE).read_text())
    assert list(after) == [2, 4, 6]
    assert best["value"] == pytest.approx(max(after.values()))
    first = next(step for step, value in after.items() if value == max(after.values()))
    assert best["checkpoint"] == f"step_{first:06d}"
    assert {path.name for path in checkpoint.found(tmp_path)} == {best["checkpoint"], "step_000006"}


def test_what_cannot_be_examined_is_refused() -> None:
    with pytest.raises(RecipeError, match="exam_every is 3, expected 0 or more; this recipe has no exams"):
        replace(recipe(), exams=(), exam_every=3)
    with pytest.raises(RecipeError, match="exam_every is -1, expected 0 or more"):
        replace(recipe(), exam_every=-1)
