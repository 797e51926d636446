"""Logs for inspect: read back with the package where it is installed, refused clearly where it is not."""

from __future__ import annotations

import base64
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mmreason.errors import CheckpointError, RecipeError
from mmreason.evaluation.inspect_log import Pictures, lines_of, write_log

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
needs_inspect = pytest.mark.skipif(find_spec("inspect_ai") is None, reason="needs inspect-ai: pip install inspect-ai")


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """An evaluation with a picture, two answers, one of them not measured."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(PIXEL)
    line: dict[str, Any] = {
        "v": 2,
        "stage": "sampled",
        "step": 0,
        "task": "q1",
        "kind": "count",
        "question": "How many?",
        "answer": "2",
        "media": [{"kind": "image", "path": "media/a.png"}, {"kind": "image", "name": "gone.png"}],
        "votes": ["2", None],
        "completions": [
            {"text": "<answer>2</answer>", "tokens": 3, "finish": "stop", "rewards": {"accuracy": 1.0, "judge": None}},
            {"text": "<script>alert(1)</script>", "tokens": 9, "finish": "length", "rewards": {"accuracy": 0.0}},
        ],
    }
    (tmp_path / "eval.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "summary.json").write_text(json.dumps({"checkpoint": "tiny", "suite": "ton", "limit": 9}))
    return tmp_path


@needs_inspect
@pytest.mark.parametrize("name", ["a.eval", "a.json"])
def test_a_log_is_read_back_with_pictures_answers_and_scores(name: str, traces: Path) -> None:
    from inspect_ai.log import read_eval_log

    assert write_log(traces, traces / "logs" / name) == 2
    log = read_eval_log(str(traces / "logs" / name), resolve_attachments=True)
    assert (log.status, log.eval.model, log.eval.task, log.eval.config.epochs) == ("success", "tiny", "ton", 2)
    assert log.samples is not None
    first, second = sorted(log.samples, key=lambda sample: sample.epoch)
    assert first.input[0].content[0].image == f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"  # type: ignore[union-attr]
    assert (first.id, first.target, first.output.completion) == ("sampled/q1", "2", "<answer>2</answer>")
    assert first.scores is not None
    assert (first.scores["accuracy"].value, first.scores["accuracy"].answer) == (1.0, "2")
    assert "judge" not in first.scores, "not measured is not 0"
    assert second.output.stop_reason == "max_tokens"
    assert log.results is not None
    assert log.results.scores[0].metrics["mean"].value == 0.5
    assert [path.name for path in (traces / "logs").iterdir()] == [name]


@needs_inspect
def test_traces_of_a_run_are_converted_too(traces: Path) -> None:
    (traces / "traces").mkdir()
    (traces / "eval.jsonl").rename(traces / "traces" / "train.jsonl")
    assert write_log(traces / "traces" / "train.jsonl", traces / "b.eval") == 2


def test_only_pictures_below_the_folder_are_read(traces: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.png"
    secret.write_bytes(PIXEL)
    (traces / "link.png").symlink_to(secret)
    (traces / "notes.txt").write_text("private")
    shown = Pictures(traces / "eval.jsonl")
    bad = [str(secret), f"../{secret.parent.name}/secret.png", "link.png", "notes.txt", "media"]
    assert [shown.read(name) for name in bad] == [None] * len(bad)
    assert (
        shown.of([{"path": "media/a.png"}, {"frames": [{"path": "media/a.png"}]}, 3, ["media/a.png"]])
        == [shown.read("media/a.png")] * 3
    )


def test_damaged_files_and_other_targets_are_one_line(traces: Path) -> None:
    with pytest.raises(RecipeError, match=r"expected a name that ends in .eval or .json"):
        write_log(traces, traces / "a.txt")
    with pytest.raises(CheckpointError, match="no such file"):
        list(lines_of(traces / "gone"))
    (traces / "eval.jsonl").write_text('{"task": "a"}\n')
    with pytest.raises(CheckpointError, match=r"eval.jsonl:1: no line of a trace"):
        list(lines_of(traces / "eval.jsonl"))
    (traces / "eval.jsonl").write_text("{half")
    with pytest.raises(CheckpointError, match=r"eval.jsonl:1: no JSON"):
        list(lines_of(traces / "eval.jsonl"))


@needs_inspect
def test_a_file_without_answers_is_refused(traces: Path) -> None:
    (traces / "eval.jsonl").write_text("")
    with pytest.raises(CheckpointError, match="holds no answers"):
        write_log(traces, traces / "a.eval")


def test_without_the_package_it_says_what_to_install(traces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(RecipeError, match="pip install inspect-ai"):
        write_log(traces, traces / "a.eval")
    assert not (traces / "a.eval").exists()
