"""Scoring from the command line: what is refused, which checkpoint is meant, what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmreason import evaluate
from mmreason.cli.checkpoints import find_checkpoint, label, longest_answer, split_adapter
from mmreason.errors import CheckpointError
from mmreason.evaluate import Judged, Way


def rows() -> list[Judged]:
    common = {"gold": "yes", "weight": 1.0, "map_scores": (None,), "lengths": (2,), "finishes": ("stop",)}
    return [
        Judged(task="q", kind="TorF1", mode=mode, answers=("yes",), right=(right,), **common)  # type: ignore[arg-type]
        for mode, right in (("sampled", 1.0), ("greedy", 0.0))
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Stands in for the model: notes what is asked, and gives two rows."""
    calls: list[tuple[Any, ...]] = []

    def note(*given: Any) -> list[Judged]:
        calls.append(given)
        return rows()

    monkeypatch.setattr(evaluate, "evaluate", note)
    return calls


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "transit"], "CHECKPOINT"),
        (["mmreason-tiny"], "--data is required"),
        (["mmreason-tiny", "--data", "transit", "--numm", "3"], "unknown option '--numm'; did you mean '--num'?"),
        (["mmreason-tiny", "--data", "transit", "--num", "0"], "--num: expected at least 1, got 0"),
        (["mmreason-tiny", "--data", "transit", "--max-tasks", "0"], "--max-tasks: expected at least 1, got 0"),
        (["mmreason-tiny", "--data", "transit", "--temperature", "-1"], "--temperature: expected 0 or more"),
        (["mmreason-tiny", "--data", "transit", "--temperature", "nan"], "--temperature: expected 0 or more"),
        (["mmreason-tiny", "--data", "gone.jsonl"], "gone.jsonl: this data file does not exist"),
        (["mmreason-tinny", "--data", "transit"], "model 'mmreason-tinny': expected a folder with config.json"),
        (["runs/gone", "--data", "transit"], "runs: unknown run or checkpoint 'gone'; did you mean 'gones'?"),
    ],
)
def test_bad_input_is_one_line(words: list[str], said: str, say, asked: list[Any]) -> None:
    Path("runs/gones").mkdir(parents=True)
    told = say("eval", *words)
    assert told.code == 2
    assert said in told.err
    assert told.err.count("\n") == 1
    assert asked == []


def test_answers_numbers_and_a_table_are_given(say, asked: list[Any], records: Path, tmp_path: Path) -> None:
    told = say("eval", "mmreason-tiny", "--data", records, "--num", "2", "--limit", "9", "--seed", "4", "--out", "o")
    assert told.code == 0, told.err
    policy, _, home, way, adapter, _ = asked[0]
    assert (policy.model, home, adapter) == ("mmreason-tiny", Path("o"), None)
    assert way == Way(num=2, temperature=1.0, limit=9, seed=4)
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert (summary["checkpoint"], summary["limit"], summary["seed"]) == ("mmreason-tiny", 9, 4)
    assert summary["scores"]["TorF1"] == {
        "num": 1.0,
        "accuracy": 1.0,
        "weighted_accuracy": 1.0,
        "pass": 1.0,
        "greedy": 0.0,
        "greedy_weighted": 0.0,
    }
    lines = [json.loads(line) for line in (tmp_path / "o" / "eval.jsonl").read_text().splitlines()]
    assert [(line["id"], line["mode"]) for line in lines] == [("q", "sampled"), ("q", "greedy")]
    assert "TorF1" in told.out
    assert "pass@2" in told.out
    assert say("eval", "mmreason-tiny", "--data", records, "--limit", "9", "--quiet").out == ""


def run_with(folder: Path, *steps: str) -> Path:
    for step in steps:
        (folder / "checkpoints" / step / "policy").mkdir(parents=True)
    (folder / "versions.json").write_text("{}")
    return folder


def test_a_run_means_its_newest_checkpoint(tmp_path: Path) -> None:
    home = run_with(tmp_path / "a", "step_000009", "step_000010", "step_000010_update_002")
    newest = home / "checkpoints" / "step_000010_update_002"
    assert find_checkpoint(str(home)) == str(newest / "policy")
    assert find_checkpoint(str(newest)) == str(newest / "policy")
    assert find_checkpoint(str(newest / "policy")) == str(newest / "policy")
    assert find_checkpoint("owner/name") == "owner/name"
    with pytest.raises(CheckpointError, match="is a run without a checkpoint yet"):
        find_checkpoint(str(run_with_none(tmp_path / "b")))


def run_with_none(folder: Path) -> Path:
    folder.mkdir()
    return run_with(folder)


def test_results_are_called_after_run_and_step(tmp_path: Path) -> None:
    home = run_with(tmp_path / "a", "step_000009")
    assert label(str(home), find_checkpoint(str(home))) == "a-step_000009"
    assert label("mmreason-tiny", "mmreason-tiny") == "mmreason-tiny"
    assert label(str(tmp_path), str(tmp_path)) == tmp_path.name


def test_an_adapter_names_its_base_and_shape(tmp_path: Path) -> None:
    described = {"r": 4, "lora_alpha": 8, "target_modules": ["v_proj", "q_proj"], "base_model_name_or_path": "o/n"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(described))
    model, lora, folder = split_adapter(str(tmp_path))
    assert (model, folder) == ("o/n", tmp_path)
    assert lora is not None
    assert (lora.rank, lora.alpha, lora.targets) == (4, 8, r".*\.(q_proj|v_proj)")
    assert split_adapter("mmreason-tiny") == ("mmreason-tiny", None, None)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no whole description of an adapter"):
        split_adapter(str(tmp_path))


def test_the_longest_answer_leaves_room_in_a_short_context() -> None:
    assert longest_answer("mmreason-tiny") == 128
