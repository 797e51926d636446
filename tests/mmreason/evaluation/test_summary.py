"""Items, their lines, figures and comparisons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmreason.errors import CheckpointError
from mmreason.evaluation.comparison import compare_items, controlled, worded
from mmreason.evaluation.items import FILE, read_items
from mmreason.evaluation.paired import compare
from mmreason.evaluation.summary import ALL, by_label, figures, summarise
from tests.mmreason.evaluation.world import item

NAN = float("nan")


def test_figures_of_samples_by_hand() -> None:
    """Two of four right: pass@2 is 1 - C(2,2) / C(4,2) = 5/6."""
    sampled = [item("a", 1, 1, 0, 0, exam="sampled"), item("b", 0, 0, 0, 0, exam="sampled")]
    found = summarise(sampled, ["accuracy"])["sampled"][ALL]
    assert found["accuracy"].value == 0.25
    assert found["pass@1"].value == pytest.approx(0.25)
    assert found["pass@2"].value == pytest.approx(5 / 12)
    assert found["pass@4"].value == 0.5
    assert found["majority@4"].value == pytest.approx(0.25), "a ties, b is wrong"
    assert "pass@2" not in figures(["accuracy"], 1)


def test_what_was_not_measured_is_left_out() -> None:
    found = summarise([item("a", NAN), item("b", 1.0)], ["accuracy"])["greedy"][ALL]
    assert (found["accuracy"].value, found["accuracy"].num) == (1.0, 1)
    assert "accuracy" not in summarise([item("a", NAN)], ["accuracy"])["greedy"][ALL]


def test_weights_give_a_second_mean() -> None:
    found = summarise([item("a", 1.0, weight=1.0), item("b", 0.0, weight=3.0)], ["accuracy"])["greedy"][ALL]
    assert (found["accuracy"].value, found["weighted_accuracy"].value) == (0.5, 0.25)


def test_labels_tell_apart_and_those_that_say_the_same_are_told_once() -> None:
    items = [item("a", 1.0, labels=("x", "same as x", "all of them")), item("b", 0.0, labels=("y", "all of them"))]
    assert list(by_label(items)) == [ALL, "x", "y"]


def test_the_better_one_is_named_and_chance_is_called_chance() -> None:
    before, after = [item(str(i), 0.0) for i in range(12)], [item(str(i), float(i < 9)) for i in range(12)]
    (found,) = compare_items(before, after, ["accuracy"])
    assert found.is_real
    text = worded(found.found, "old", "new", "accuracy", found.adjusted)
    assert text.startswith("new is better than old: accuracy 0.0 → 75.0, +75.0 points, 95 % interval")
    (same,) = compare_items(before, [item(str(i), float(i < 1)) for i in range(12)], ["accuracy"])
    assert worded(same.found, "old", "new", "accuracy").startswith("no significant difference: accuracy 0.0 → 8.3")
    assert "would often be missed here" in worded(same.found, "old", "new", "accuracy")
    (worse,) = compare_items(after, before, ["accuracy"])
    assert worded(worse.found, "a", "b", "accuracy").startswith("a is better than b")


def test_what_is_no_share_is_not_called_points() -> None:
    found = compare([10.0] * 8, [4.0] * 8, [str(i) for i in range(8)])
    text = worded(found, "a", "b", "tokens", main=False)
    assert text.startswith("tokens is lower with b: tokens 10.0 → 4.0, -6.0, 95 % interval -6.0 to -6.0")


def test_two_evaluations_without_a_common_question_are_refused() -> None:
    with pytest.raises(CheckpointError, match="no measured question in common"):
        compare_items([item("a", 1.0)], [item("b", 1.0)], ["accuracy"])


def test_a_control_is_compared_on_the_questions_that_it_has() -> None:
    items = [item("a", 1.0), item("b", 1.0), item("a", 0.0, exam="greedy-text-only")]
    found = controlled(items, "greedy", "text-only", "accuracy")
    assert found is not None
    assert (found.first, found.second, found.gain.num) == (1.0, 0.0, 1)
    assert controlled(items, "greedy", "shuffle-options", "accuracy") is None


def test_damaged_and_missing_results_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file; expected a folder that `mmreason eval` has written"):
        read_items(tmp_path)
    (tmp_path / FILE).write_text(json.dumps({"task": "a"}) + "\n")
    with pytest.raises(CheckpointError, match=r"eval.jsonl:1: no line of an evaluation \(KeyError: 'completions'\)"):
        read_items(tmp_path)
    (tmp_path / FILE).write_text("{half")
    with pytest.raises(CheckpointError, match=r"eval\.jsonl:1: "):
        read_items(tmp_path)
