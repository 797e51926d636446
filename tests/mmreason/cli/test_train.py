"""Training from the command line: what is refused before a model loads, what the run is told, and a real run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmreason.cli.train import RunOptions, sinks
from mmreason.data.transit import TransitMaps
from mmreason.recipe import Recipe
from mmreason.runs import driver
from mmreason.runs.recorder import Saving
from mmreason.signals import parts
from mmreason.types import Across
from mmreason.watch.watch import Watch

ROOT = Path(__file__).parents[3]


class Trained:
    """Stands in for the driver: notes what it is asked to train."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def __call__(
        self,
        recipe: Recipe,
        home: Path,
        seed: int,
        resume: bool,
        saving: Saving,
        sinks: list[Any],
        quiet: bool,
        across: Across,
        watch: Watch,
        stop_on: tuple[int, ...],
    ) -> dict[str, Any]:
        self.calls.append(locals())
        return {"steps": 120, "accuracy_before": 0.25, "accuracy_after": 0.5}


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Trained:
    stand_in = Trained()
    monkeypatch.setattr(driver, "train_recipe", stand_in)
    return stand_in


@pytest.fixture(autouse=True)
def never_loads(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Whatever is refused here is refused before weights are read."""
    if "slow" not in request.keywords:
        from mmreason.models import loading, specs

        def loaded(*args: Any, **more: Any) -> None:
            raise AssertionError("a model was loaded")

        for module in (loading, specs):
            monkeypatch.setattr(module, "load_model", loaded)


def clip(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "clip"}))
    return folder


def taken(folder: Path) -> Path:
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "versions.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rewardmpa"], "unknown recipe 'rewardmpa'; did you mean 'rewardmap'?"),
        ([], "name the recipe first: mmreason train RECIPE [options]; there are: acre, "),
        (["--steps", "2"], "name the recipe first"),
        (["rewardmap", "--stepps", "2"], "unknown option '--stepps'; did you mean '--steps'?"),
        (["rewardmap", "--save-evry", "2"], "unknown option '--save-evry'; did you mean '--save-every'?"),
        (["rewardmap", "--preset", "8b"], "--preset: unknown value '8b'; did you mean '7b'?"),
        (["rewardmap", "--steps", "two"], "--steps: expected a whole number, got 'two'"),
        (["rewardmap", "--steps", "0"], "has 0 steps"),
        (
            ["rewardmap", "--group-size", "1"],
            "teaches nothing, since each reward is compared with the others of its group",
        ),
        (["rewardmap", "--limit", "100000"], "up to 100000 tokens does not fit the token budget of"),
        (["rewardmap", "--lr", "-1"], "lr"),
        (["rewardmap", "--preset", "7b"], "needs --data"),
        (["rewardmap", "--data", "gone.jsonl"], "gone.jsonl: this data file does not exist; check the path"),
        (["rewardmap", "--model", "gone"], "model 'gone': expected a folder with config.json, found no such folder"),
        (["rewardmap", "--device", "gpu"], "unknown device 'gpu'; use auto, cpu or cuda"),
        (["rewardmap", "--name", "../up"], "--name: expected the name of one folder, got '../up'"),
        (["rewardmap", "--name", ""], "--name: expected the name of one folder, got ''"),
        (["rewardmap", "--threads", "0"], "--threads: expected at least 1, got 0"),
        (["rewardmap", "--keep", "0"], "keep must be at least 1, or -1"),
        (["rewardmap", "--save-every", "-1"], "every must be at least 0, got -1"),
    ],
)
def test_bad_input_is_one_line_and_code_2(words: list[str], said: str, say, trained: Trained) -> None:
    told = say("train", *words)
    assert told.code == 2
    assert told.err.startswith("error: ")
    assert said in told.err
    assert told.err.count("\n") == 1
    assert trained.calls == []


def test_a_checkpoint_of_another_architecture_names_those_that_are_supported(say, trained, tmp_path: Path) -> None:
    told = say("train", "rewardmap", "--model", clip(tmp_path / "clip"))
    assert told.code == 2
    assert "'clip' checkpoint; supported architectures: qwen2_5_vl, qwen2_vl" in told.err
    assert trained.calls == []


def test_a_folder_in_use_is_refused_with_a_free_name(say, trained: Trained, tmp_path: Path) -> None:
    words = ("train", "rewardmap", "--out", taken(tmp_path / "runs"), "--name", "old")
    told = say(*words)
    assert told.code == 2
    assert "has a run in it already: add --resume to go on with it, or give --name old-2" in told.err
    assert trained.calls == []
    assert say(*words, "--resume").code == 0
    assert trained.calls[0]["resume"] is True


def test_a_file_in_the_way_is_refused(say, trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a").touch()
    assert "is a file; give another --name or --out" in say("train", "rewardmap", "--name", "a").err


@pytest.mark.parametrize(
    ("number", "fields", "said"),
    [
        (3, {"answer": None}, ":3: field 'answer' is None"),
        (2, {"figure": "maps/gone.png"}, ":2: "),
        (2, {"figure": None}, ":2: field 'figure' is missing"),
        (6, {"routes": {}}, ":6: field 'routes' holds no reference plan"),
        (1, {"difficulty_city": "brutal"}, "difficulty_city is 'brutal', expected one of easy"),
    ],
)
def test_a_bad_record_is_told_with_file_and_line(
    number: int, fields: dict[str, Any], said: str, say, trained: Trained, records: Path, damage: Callable[..., None]
) -> None:
    damage(records, number, **fields)
    told = say("train", "rewardmap", "--data", records, "--groups", "1", "--steps", "4")
    assert told.code == 2
    assert str(records) in told.err
    assert said in told.err
    assert told.err.count("\n") == 1
    assert trained.calls == []


def test_a_corrupt_picture_is_found_before_training(say, trained: Trained, records: Path) -> None:
    picture = next((records.parent / "maps").glob("*.png"))
    picture.write_bytes(picture.read_bytes()[:200])
    told = say("train", "rewardmap", "--data", records, "--groups", "1", "--steps", "4")
    assert told.code == 2
    assert f"{records}:1: " in told.err
    assert picture.name in told.err
    assert "damaged or cut off" in told.err
    assert trained.calls == []


def test_the_run_is_told_what_was_asked_for(say, trained: Trained) -> None:
    words = "--steps 8 --seed 5 --name a --out deep/runs --save-every 3 --save-unit update --keep -1 --trace-every 0"
    assert say("train", "rewardmap", *words.split(), "--quiet").code == 0
    (call,) = trained.calls
    assert (call["home"], call["seed"], call["resume"], call["quiet"]) == (Path("deep/runs/a"), 5, False, True)
    assert call["saving"] == Saving(every=3, unit="update", keep=-1, traces=0)
    assert call["sinks"] == []
    assert sum(stage.steps for stage in call["recipe"].stages) == 8


def test_how_a_long_run_saves_and_stops(say, trained: Trained) -> None:
    words = "--best held_out/accuracy --best-is lowest --background --stop-on USR1"
    assert say("train", "rewardmap", *words.split()).code == 0
    (call,) = trained.calls
    assert call["saving"] == Saving(best="held_out/accuracy", best_is="lowest", background=True)
    assert call["stop_on"] == (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    told = say("train", "rewardmap", "--name", "other", "--best", "accuracy")
    assert told.code == 2
    assert "expected NAME/METRIC" in told.err
    assert told.err.count("\n") == 1


def test_the_seed_goes_to_the_recipe_too(say, trained: Trained) -> None:
    say("train", "rewardmap", "--seed", "5")
    maps = [part for part in parts(trained.calls[0]["recipe"].stages) if isinstance(part, TransitMaps)]
    assert {part.seed for part in maps} == {5}


def test_without_a_name_the_run_has_the_recipes(say, trained: Trained) -> None:
    say("train", "rewardmap")
    assert trained.calls[0]["home"] == Path("runs/rewardmap")


def test_tensorboard_is_one_more_sink() -> None:
    kinds = [type(sink).__name__ for sink in sinks(RunOptions(tensorboard=True))]
    assert kinds == ["ConsoleSink", "TensorBoardSink"]
    assert [type(sink).__name__ for sink in sinks(RunOptions())] == ["ConsoleSink"]


def test_the_end_shows_a_table_the_curves_and_two_commands(say, trained: Trained) -> None:
    told = say("train", "rewardmap", "--name", "a")
    assert told.code == 0
    assert "0.250 → 0.500 (+0.250)" in told.out
    assert "curves   runs/a/curves.png" in told.out
    assert told.out.count("\n  mmreason ") == 2
    assert say("train", "rewardmap", "--name", "b", "--quiet").out == ""


def test_the_help_lists_recipes_and_then_options(say) -> None:
    told = say("train", "--help")
    assert told.code == 0
    assert re.search(r"^  rewardmap +RewardMap \(arXiv:2510.02240\)", told.out, re.MULTILINE)
    told = say("train", "rewardmap", "--help")
    assert told.code == 0
    for option in ("--preset {tiny,3b,7b}", "--steps INT", "--resume ", "--save-every INT", "--seed INT"):
        assert option in told.out
    assert told.out.count("--seed") == 1


def test_a_recipes_own_file_does_the_same(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "recipes" / "rewardmap.py"), "--group-size", "1"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: stage 'true_false': group size 1")
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
@pytest.mark.guard
def test_a_real_run_of_two_steps(say, records: Path, tmp_path: Path) -> None:
    """The embedded model learns from a file of records; then the run is done, and can be scored."""
    words = f"rewardmap --data {records} --test-data {records} --curriculum coarse --steps 2 --groups 1 --group-size 2"
    told = say("train", *words.split(), "--limit", "16", "--name", "two")
    assert told.code == 0, told.err
    home = tmp_path / "runs" / "two"
    summary = json.loads((home / "summary.json").read_text())
    assert summary["steps"] == 2
    assert 0 <= summary["accuracy_before"] <= 1
    assert (home / "curves.png").stat().st_size > 0
    assert "planning" in told.out
    again = say("train", *words.split(), "--limit", "16", "--name", "two", "--resume")
    assert again.code == 0
    assert "finished already" in again.out
    scored = say("eval", home, "--data", records, "--num", "2", "--limit", "16", "--max-tasks", "2")
    assert scored.code == 0, scored.err
    found = json.loads((tmp_path / "runs" / "eval" / "two-step_000002-records" / "summary.json").read_text())
    assert found["scores"]["greedy"]["all"]["accuracy"]["num"] == 2
    assert 0 <= found["scores"]["greedy"]["all"]["accuracy"]["value"] <= 1
