from __future__ import annotations

import math
from pathlib import Path

import pytest

from mmreason.inspector.index import Index
from tests.mmreason.inspector.written import completion, line, write


@pytest.fixture
def index(tmp_path: Path) -> Index:
    steps = {
        "much": ((1, 0.0), (4, 1.0), (9, 5.0)),
        "little": ((2, 1.0), (8, 1.5)),
        "worse": ((3, 4.0), (9, 1.0)),
        "once": ((5, 1.0),),
        "unknown": ((1, None), (9, 1.0)),
    }
    made = [line(task, step, [completion(total=x)]) for task, at in steps.items() for step, x in at]
    exam = [line("much", step, [completion(total=x)], stage="exam") for step, x in ((0, 0.0), (9, 0.25))]
    write(tmp_path / "run", made)
    write(tmp_path / "run", exam, "traces/exam.jsonl")
    return Index.open(tmp_path / "run", tmp_path / "cache", "run")


def test_the_first_and_the_last_answer_in_between_are_compared_the_largest_change_first(index: Index) -> None:
    found = index.changed("train", 1, 9)
    assert [change.task for change in found] == ["much", "worse", "little", "unknown"]
    assert [change.gain for change in found[:3]] == [5.0, -3.0, 0.5]
    assert math.isnan(found[3].gain)
    assert (found[0].before.key.step, found[0].after.key.step) == (1, 9)


def test_only_what_lies_between_the_steps_counts(index: Index) -> None:
    assert [(c.task, c.gain) for c in index.changed("train", 4, 9)] == [("much", 4.0)]
    assert index.changed("train", 5, 5) == []


def test_the_steps_may_be_given_either_way(index: Index) -> None:
    assert [c.gain for c in index.changed("train", 9, 1)[:3]] == [c.gain for c in index.changed("train", 1, 9)[:3]]


def test_stages_are_compared_apart(index: Index) -> None:
    assert [(c.after.key.stage, c.gain) for c in index.changed(None, 0, 9) if c.task == "much"] == [
        ("train", 5.0), ("exam", 0.25),
    ]  # fmt: skip


def test_no_more_than_asked_for(index: Index) -> None:
    assert len(index.changed("train", 1, 9, 2)) == 2


def test_two_lines_of_one_step_are_no_change_in_time_but_are_compared(tmp_path: Path) -> None:
    write(tmp_path / "run", [line("a", 3, [completion(total=x)]) for x in (1.0, 2.0)])
    (change,) = Index.open(tmp_path / "run", tmp_path / "cache").changed(None, 0, 9)
    assert (change.before.key.nth, change.after.key.nth, change.gain) == (0, 1, 1.0)
