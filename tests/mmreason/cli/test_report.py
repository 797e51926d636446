"""``mmreason report``: what is written, what is said, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.mmreason.cli.conftest import Say


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two steps with one sample, its index in a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "runs" / "small"
    (home / "traces").mkdir(parents=True)
    completion = {"text": "two", "tokens": 1, "rewards": {"accuracy": 1.0}, "total": 1.0}
    write(home / "traces" / "train.jsonl", {"stage": "train", "step": 2, "task": "t", "question": "How many?",
                                            "weights": {"accuracy": 1.0}, "completions": [completion]})  # fmt: skip
    exams = [
        {"kind": "exam", "stage": "held_out", "step": 0, "when": "before", "metrics": {"held_out/accuracy": 0.25}},
        {"kind": "exam", "stage": "held_out", "step": 2, "when": "after", "metrics": {"held_out/accuracy": 0.75}},
    ]
    steps = [{"kind": "step", "stage": "train", "step": s, "metrics": {"train/reward": s / 4}} for s in (1, 2)]
    write(home / "metrics.jsonl", *steps, *exams)
    write(home / "recipe.json", {"name": "rewardmap", "stages": [{"name": "train", "steps": 2}]})
    return home


def write(path: Path, *lines: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_report_is_written_beside_the_run_and_the_final_table_is_said(say: Say, run: Path) -> None:
    told = say("report", run)
    assert (told.code, told.err) == (0, "")
    assert (run / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    (line,) = [line for line in told.out.splitlines() if "held_out" in line]
    assert line.split() == ["held_out", "accuracy", "0.250", "0.750", "0.500"]
    assert "report.html" in told.out


def test_another_file_fewer_samples_and_silence(say: Say, run: Path, tmp_path: Path) -> None:
    told = say("report", run, "--out", tmp_path / "new" / "a.html", "--samples", "0", "--quiet")
    assert told == (0, "", "")
    assert "<article" not in (tmp_path / "new" / "a.html").read_text(encoding="utf-8")
    assert not (run / "report.html").exists()


def test_a_run_without_exams_tells_where_its_curves_began_and_ended(say: Say, run: Path) -> None:
    write(
        run / "metrics.jsonl",
        *({"kind": "step", "stage": "a", "step": s, "metrics": {"a/reward": s / 4}} for s in (1, 2)),
    )
    (line,) = [line for line in say("report", run).out.splitlines() if line.split()[:1] == ["reward"]]
    assert line.split() == ["reward", "0.250", "0.500"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nowhere",), "nowhere is no folder"),
        (("{run}", "--samples", "-1"), "--samples: expected 0 to 50, got -1"),
        (("{run}", "--samples", "51"), "--samples: expected 0 to 50, got 51"),
        (("{run}", "--out", "{run}"), "is a folder; give a file"),
        (("{run}", "--out", "{run}/metrics.jsonl/a.html"), "cannot write"),
        (("{run}/traces",), "holds no run"),
    ],
)
def test_bad_input_is_one_line(say: Say, run: Path, words: tuple[str, ...], told: str) -> None:
    said = say("report", *(word.format(run=run) for word in words))
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert told in said.err
    assert not (run / "report.html").exists()


def test_broken_lines_are_told(say: Say, run: Path) -> None:
    with open(run / "traces" / "train.jsonl", "a", encoding="utf-8") as file:
        file.write("{broken\n")
    told = say("report", run)
    assert told.code == 0
    assert "warning: " in told.out
    assert "train.jsonl" in told.out
