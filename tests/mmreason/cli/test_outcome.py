"""The table at the end of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.cli.outcome import change, kinds_of, outcome, pair

SUMMARY = {
    "steps": 120,
    "accuracy/TorF1_before": 0.5,
    "accuracy/TorF1_after": 0.75,
    "accuracy/planning_before": 0.0,
    "accuracy/planning_after": 0.1,
    "accuracy_before": 0.25,
    "accuracy_after": 0.425,
    "greedy_before": 0.3,
    "greedy_after": 0.3,
    "greedy_accuracy/planning_before": None,
    "greedy_accuracy/planning_after": 0.2,
    "reward_before": 3.0,
    "reward_after": 5.5,
}


def test_question_types_come_in_the_order_of_the_exam_and_all_of_them_last() -> None:
    assert kinds_of(SUMMARY) == ["TorF1", "planning", "all"]
    assert kinds_of({"steps": 3}) == ["all"]


def test_a_metric_is_found_under_the_name_that_the_summary_gives_it() -> None:
    assert pair(SUMMARY, "accuracy", "TorF1") == (0.5, 0.75)
    assert pair(SUMMARY, "accuracy", "all") == (0.25, 0.425)
    assert pair(SUMMARY, "greedy", "all") == (0.3, 0.3)
    assert pair(SUMMARY, "greedy", "planning") == (None, 0.2)
    assert pair(SUMMARY, "reward", "planning") is None


def test_a_change_is_told_with_its_sign() -> None:
    assert change((0.5, 0.25)) == "0.500 → 0.250 (-0.250)"
    assert change((None, 0.2)) == "- → 0.200"
    assert change(None) == "-"


def test_what_was_not_measured_has_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    outcome({"steps": 2, "accuracy_before": 0.0, "accuracy_after": 1.0}, Path("runs/a"), "x")
    said = capsys.readouterr().out
    assert "accuracy" in said
    assert "reward" not in said
    outcome({"steps": 2}, Path("runs/a"), "x")
    assert "held out" not in capsys.readouterr().out


def test_the_table_has_a_row_for_each_type(capsys: pytest.CaptureFixture[str]) -> None:
    outcome(SUMMARY, Path("runs/a"), "rewardmap")
    said = capsys.readouterr().out
    assert "3.000 → 5.500 (+2.500)" in said
    assert "mmreason eval runs/a --data transit" in said
    assert "mmreason explain rewardmap" in said
