from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mmreason.runs.console import ConsoleSink
from mmreason.runs.sinks import Entry, JsonlSink, TensorBoardSink
from tests.mmreason.runs.world import recipe


def entry(step: int = 1, stage: str = "first", kind: Any = "step", **fields: Any) -> Entry:
    metrics = {f"{stage}/{name}": value for name, value in fields.pop("metrics", {"reward": 0.5}).items()}
    stage_step = fields.pop("stage_step", step)
    return Entry(kind, stage, step, stage_step, updates=4 * step, metrics=metrics, **fields)


def shown(*entries: Entry, every: int | None = 1, terminal: bool = False) -> str:
    out = io.StringIO()
    sink = ConsoleSink(every, Console(file=out, force_terminal=terminal, width=120, highlight=False, soft_wrap=True))
    sink.begin(recipe(), Path("home"), 0)
    for one in entries:
        sink.log(one)
    sink.close()
    return out.getvalue()


def test_metrics_and_costs_are_apart(tmp_path: Path) -> None:
    sink = JsonlSink()
    sink.begin(recipe(), tmp_path, 0)
    sink.log(entry(metrics={"reward": float("nan"), "a/b": 1.0}, seconds=0.12345, costs={"patches": 7}))
    assert (tmp_path / "metrics.jsonl").read_text() == (
        '{"kind": "step", "stage": "first", "step": 1, "stage_step": 1, "updates": 4, '
        '"metrics": {"first/reward": null, "first/a/b": 1.0}, "seconds": 0.123}\n'
    )
    (cost,) = (json.loads(line) for line in (tmp_path / "costs.jsonl").read_text().splitlines())
    assert (cost["step"], cost["costs"]) == (1, {"patches": 7})


def test_files_go_back_to_a_state(tmp_path: Path) -> None:
    sink = JsonlSink()
    sink.begin(recipe(), tmp_path, 0)
    sink.log(entry(1))
    state = sink.state_dict()
    sink.log(entry(2))
    sink.load_state_dict(state)
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1
    sink.load_state_dict({})
    assert list(tmp_path.iterdir()) == []


def test_a_line_says_where_the_run_stands_and_how_it_does() -> None:
    metrics = {"reward": 0.5, "accuracy": 0.25, "policy/loss": -0.01, "policy/grad_norm": 123.4, "length": 7.0}
    text = shown(entry(2, metrics=metrics, seconds=1.5))
    assert text == (
        "step 2/6  first 2/3  reward 0.500  accuracy 0.250  loss -0.010  length 7.000  grad 123  1.5 s/step\n"
    )  # fmt: skip


def test_a_line_gives_means_over_its_interval_without_what_is_missing() -> None:
    nan = float("nan")
    rewards = [0.0, nan, 1.0]
    text = shown(*(entry(i, stage_step=i, metrics={"reward": r}) for i, r in enumerate(rewards, 1)), every=10)
    assert text.startswith("step 3/6  first 3/3  reward 0.500  0.0 s/step")
    assert text.count("\n") == 1


def test_a_line_says_how_long_a_step_stood_still_for_media() -> None:
    assert shown(entry(1, costs={"seconds/stall": 0.0})).endswith("0.0 s/step  stall 0.00s\n")
    stalls = [
        entry(i, stage_step=i, seconds=1.0, costs={"seconds/stall": s}) for i, s in enumerate((0.0, 0.02, 0.1), 1)
    ]
    assert shown(*stalls, every=10).endswith("1.0 s/step  stall 0.04s\n")
    exams = [entry(0, "held_out", "exam", stage_step=i, when="before", costs={"seconds/stall": 0.5}) for i in (1, 2)]
    assert shown(*exams).endswith("0.0 s  stall 1.00s\n")
    assert "stall" not in shown(entry(1))


def test_a_line_ends_with_speed_and_memory_where_they_are_known() -> None:
    costs = {"seconds/stall": 0.0, "generated_tokens_per_s": 100.0, "memory/host": 3.0 * 2**30}
    fast = costs | {"generated_tokens_per_s": 300.0, "memory/allocated": 2.0**30}
    entries = [entry(1, stage_step=1, costs=costs), entry(2, stage_step=3, costs=fast)]
    assert shown(*entries, every=10).endswith("stall 0.00s  200 tok/s  mem 1.0G\n")
    assert shown(entries[0]).endswith("100 tok/s  mem 3.0G\n")


def test_stages_and_exams_have_lines_of_their_own() -> None:
    exams = [entry(0, "held_out", "exam", stage_step=i, when="before", metrics={"accuracy": i / 4}) for i in (1, 2)]
    lines = shown(*exams, entry(1), entry(4, "second", stage_step=1), every=5).splitlines()
    assert lines[0].startswith("exam held_out, before training  accuracy 0.375")
    assert [line.split("  ")[1] for line in lines[1:]] == ["first 1/3", "second 1/3"]


def test_a_long_wait_without_a_bar_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmreason.runs.console.PATIENCE", -1.0)
    assert shown(entry(1), every=2).splitlines()[0] == "... first 1/3"


def test_text_in_brackets_is_no_markup() -> None:
    assert "[bold]" in shown(entry(1, "[bold]"))


def test_a_terminal_gets_a_bar_and_the_same_lines() -> None:
    text = shown(entry(1), entry(2), terminal=True)
    assert "step 2/6  first 2/3  reward 0.500" in text
    assert "\x1b[" in text
    assert "\x1b[" not in shown(entry(1), entry(2))


def test_tensorboard_has_the_same_numbers(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    sink = TensorBoardSink()
    sink.close()
    sink.begin(recipe(), tmp_path, 0)
    sink.log(entry(1, metrics={"reward": 0.25, "odd": float("nan")}))
    sink.log(entry(2, metrics={"reward": 0.75}, costs={"patches": 7}))
    sink.close()
    sink.load_state_dict(sink.state_dict())
    found = EventAccumulator(str(tmp_path / "tensorboard"))
    found.Reload()
    assert [(e.step, e.value) for e in found.Scalars("first/reward")] == [(1, 0.25), (2, 0.75)]
    assert "first/odd" not in found.Tags()["scalars"]
    assert found.Scalars("costs/patches")[0].value == 7
