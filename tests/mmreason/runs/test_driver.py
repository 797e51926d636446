from __future__ import annotations

import json
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mmreason.engine import Silent
from mmreason.errors import RecipeError
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.runs.sinks import Entry
from mmreason.runs.summary import exam_metrics
from tests.mmreason.runs.drill import EVERY_UPDATE, metrics_of, same_runs
from tests.mmreason.runs.world import recipe


class Crash(Exception):
    """The process dies."""


class CrashAt(Silent):
    """Dies at an update, before it is saved; ``measured`` counts steps of exams and surveys."""

    def __init__(self, updates: int = -1, measured: int = -1) -> None:
        self.updates, self.left = updates, measured

    def updated(self, run: Run, stage: Stage) -> None:
        if run.updates == self.updates:
            raise Crash

    def stepped(self, run: Run, stage: Stage, *rest: Any) -> None:
        self.updated(run, stage)

    def measured(self, *rest: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise Crash


class Collects:
    """A sink that keeps what it was told."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.calls: list[str] = []

    def begin(self, recipe: Recipe, home: Path, done: int) -> None:
        self.calls.append(f"begin {done}")

    def log(self, entry: Entry) -> None:
        self.entries.append(entry)

    def close(self) -> None:
        self.calls.append("close")

    def state_dict(self) -> dict[str, Any]:
        return {"told": len(self.entries)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.calls.append(f"load {state.get('told')}")


SMALL = recipe(steps=1)
NOW_AND_THEN = [
    Saving(curves=-1),
    Saving(every=1, curves=-1),
    Saving(every=3, unit="update", keep=-1, buffers=-1, curves=-1),
]


def train(home: Path, of: Recipe = SMALL, **options: Any) -> dict[str, Any]:
    return train_recipe(of, home, quiet=True, **({"saving": EVERY_UPDATE} | options))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never stopped: 8 updates in 2 steps."""
    home = tmp_path_factory.mktemp("runs") / "whole"
    train(home, saving=Saving(every=1, unit="update"))
    return home


def test_the_folder_of_a_run_has_everything(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()}
    assert names == {
        "recipe.txt", "recipe.json", "versions.json", "metrics.jsonl", "costs.jsonl", "traces", "tokens", "media",
        "buffers", "checkpoints", "curves.png", "summary.json",
    }  # fmt: skip
    assert [path.name for path in checkpoint.found(whole)] == ["step_000001_update_003", "step_000002"]
    assert (whole / "curves.png").read_bytes()[:4] == b"\x89PNG"
    assert [path.name for path in sorted((whole / "buffers").iterdir())] == ["step_000001.pt", "step_000002.pt"]
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["stage"], line["step"], line["updates"]) for line in lines] == [
        ("exam", "held_out", 0, 0), ("exam", "held_out", 0, 0), ("survey", "monitor", 0, 0), ("step", "first", 1, 4),
        ("step", "second", 2, 8), ("exam", "held_out", 2, 8), ("exam", "held_out", 2, 8),
    ]  # fmt: skip
    assert {path.stem for path in (whole / "traces").iterdir()} == {"first", "second", "held_out", "monitor"}


def test_the_summary_has_each_exam_metric_before_and_after(whole: Path) -> None:
    summary = json.loads((whole / "summary.json").read_text())
    lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    before = [line["metrics"]["held_out/accuracy"] for line in lines[:2]]
    assert summary["accuracy_before"] == sum(before) / 2
    assert {"accuracy_after", "length_before", "length_after", "seconds"} <= set(summary)
    assert (summary["recipe"], summary["seed"], summary["steps"], summary["updates"]) == ("small", 0, 2, 8)


def mostly_slow(numbers: Iterable[int], quick: Container[int]) -> list[Any]:
    """All numbers, of which only the quick ones run in a short test run."""
    return [n if n in quick else pytest.param(n, marks=(pytest.mark.slow, pytest.mark.guard)) for n in numbers]


@pytest.mark.parametrize("updates", mostly_slow(range(1, 9), quick=(1, 4, 6)))
def test_a_crash_at_any_update_changes_nothing(whole: Path, tmp_path: Path, updates: int) -> None:
    with pytest.raises(Crash):
        train(tmp_path / "run", observers=[CrashAt(updates)])
    train(tmp_path / "run", resume=True)
    same_runs(whole, tmp_path / "run")


@pytest.mark.parametrize("measured", mostly_slow(range(1, 6), quick=(2, 3)))
def test_a_crash_in_an_exam_or_survey_changes_nothing(whole: Path, tmp_path: Path, measured: int) -> None:
    with pytest.raises(Crash):
        train(tmp_path / "run", observers=[CrashAt(measured=measured)])
    train(tmp_path / "run", resume=True)
    same_runs(whole, tmp_path / "run")


@pytest.mark.parametrize("saving", NOW_AND_THEN)
def test_how_often_is_saved_changes_nothing_but_how_much_is_lost(whole: Path, tmp_path: Path, saving: Saving) -> None:
    with pytest.raises(Crash):
        train(tmp_path / "run", saving=saving, observers=[CrashAt(7)])
    kept = {
        0: [],
        1: ["step_000001"],
        3: ["step_000000_update_003", "step_000001_update_002"],
    }
    assert [path.name for path in checkpoint.found(tmp_path / "run")] == kept[saving.every]
    train(tmp_path / "run", saving=saving, resume=True)
    same_runs(whole, tmp_path / "run")


def test_half_a_line_of_a_killed_writer_is_removed(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(Crash):
        train(tmp_path / "run", observers=[CrashAt(6)])
    for name in ("metrics.jsonl", "traces/first.jsonl", "traces/second.jsonl"):
        with open(tmp_path / "run" / name, "ab") as file:
            file.write(b'{"kind": "st')
    train(tmp_path / "run", resume=True)
    same_runs(whole, tmp_path / "run")


def test_a_finished_run_is_not_trained_again(whole: Path) -> None:
    before = (whole / "metrics.jsonl").read_bytes()
    assert train(whole, resume=True) == json.loads((whole / "summary.json").read_text())
    assert (whole / "metrics.jsonl").read_bytes() == before


def test_a_run_that_is_there_is_not_overwritten(whole: Path) -> None:
    with pytest.raises(RecipeError, match="is not empty: give --resume"):
        train(whole)


def test_resuming_without_a_checkpoint_starts_anew(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_recipe(SMALL, tmp_path / "run", resume=True, sinks=[], saving=EVERY_UPDATE)
    out = capsys.readouterr().out
    assert "has no checkpoint yet: starting from the beginning" in out
    assert "done in" in out
    same_runs(whole, tmp_path / "run")


def test_the_seed_matters(whole: Path, tmp_path: Path) -> None:
    train(tmp_path / "run", seed=1)
    assert metrics_of(tmp_path / "run") != metrics_of(whole)


def test_sinks_are_told_of_everything_and_closed(tmp_path: Path) -> None:
    sink = Collects()
    with pytest.raises(Crash):
        train(tmp_path / "run", sinks=[sink], observers=[CrashAt(4)])
    assert [entry.kind for entry in sink.entries] == ["exam", "exam", "survey"]
    assert [entry.when for entry in sink.entries] == ["before", "before", ""]
    again = Collects()
    train(tmp_path / "run", sinks=[again], resume=True)
    assert [entry.kind for entry in again.entries] == ["step", "step", "exam", "exam"]
    assert (sink.calls[0], sink.calls[-1]) == ("begin 0", "close")
    assert (again.calls[:2], again.calls[-1]) == (["begin 0", "load 3"], "close")


def test_a_recipe_that_cannot_run_leaves_no_folder(tmp_path: Path) -> None:
    bad = replace(SMALL, stages=(replace(SMALL.stages[0], metrics=([],)),))  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match=r"recipe\.stages\[0\]\.metrics\[0\] holds a list"):
        train(tmp_path / "run", bad)
    assert not (tmp_path / "run").exists()


def test_a_start_that_failed_can_be_repeated_under_its_name(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="policy"):
        train(tmp_path / "run", replace(SMALL, models=()))
    train(tmp_path / "run")
    same_runs(whole, tmp_path / "run")


@pytest.mark.parametrize(
    "options",
    [{"unit": "hour"}, {"keep": 0}, {"keep": -2}, {"every": -1}, {"buffers": -2}, {"traces": -1}, {"best_is": "up"}],
)
def test_saving_refuses_what_has_no_meaning(options: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match=f"Saving.{next(iter(options))} must be"):
        Saving(**options)


def test_exams_are_named_as_documented() -> None:
    def line(exam: str, when: str, **metrics: float | None) -> dict[str, Any]:
        return {"kind": "exam", "stage": exam, "when": when, "metrics": {f"{exam}/{n}": v for n, v in metrics.items()}}

    lines = [
        line("held_out", "before", accuracy=0.25, reward=None), line("held_out", "before", accuracy=0.75, reward=None),
        line("greedy", "after", accuracy=0.5, reward=1.0), {"kind": "step", "stage": "a", "metrics": {"a/accuracy": 1}},
    ]  # fmt: skip
    assert exam_metrics(lines) == {
        "accuracy_before": 0.5, "reward_before": None, "greedy_after": 0.5, "greedy_reward_after": 1.0,
    }  # fmt: skip
