from __future__ import annotations

import math

import pytest

from mmreason.rewards.puzzles.arithmetic_target import (
    CountdownReward,
    countdown_reward,
    last_line_answer,
    reaches_target,
    verify_target,
)
from mmreason.types import Task

TASK = Task(id="t", prompt=(), record={"numbers": [2, 5, 6], "target": 20})


def test_worked_numbers() -> None:
    assert reaches_target("8/(3-8/3)", [3, 3, 8, 8], 24)
    assert not reaches_target("8*3+8-3", [3, 3, 8, 8], 24)
    assert countdown_reward("(6-2)*5", [2, 5, 6], 20) == 1.0
    assert countdown_reward("6*5", [2, 5, 6], 20) == 0.1


@pytest.mark.parametrize(
    "expression",
    ["24", "3*8", "3*8+8-8", "(3+3+8+8)+2", "33-8-8/8", "3*8*(8-3-4)", "3.3*8", "3**3-8/8", "24+0*3*3*8*8", "", "8/0"],
)
def test_each_number_exactly_once_and_the_target_exactly(expression) -> None:
    assert not reaches_target(expression, [3, 3, 8, 8], 24)


def test_only_the_operators_that_are_allowed() -> None:
    record = {"numbers": [4, 6], "target": 24}
    assert verify_target("4*6", record)
    assert not verify_target("4*6", record | {"operators": "+-"})


def test_graded(say) -> None:
    rate = lambda text, **fields: CountdownReward(**fields).rate(TASK, say(text))  # noqa: E731
    assert rate("thought\n<answer>(6-2)*5</answer>") == 1.0
    assert rate("<answer>6*5</answer> or <answer> (6-2)*5 </answer>\n") == 1.0
    assert rate("<answer>(6-2)**5</answer>") == rate("<answer></answer>") == 0.1
    assert (
        rate("(6-2)*5")
        == rate("")
        == rate("<answer>(6-2)*5</answer>\nDone.")
        == rate("<answer>\n(6-2)*5\n</answer>")
        == 0
    )
    assert rate("<answer>\n(6-2)*5\n</answer>\nDone.", last_line=False) == 1.0
    assert rate("<answer>6*5</answer>", wrong=0.0) == 0.0
    assert math.isnan(CountdownReward().rate(Task(id="t", prompt=()), say("1")))


def test_the_last_line_of_a_long_text() -> None:
    assert last_line_answer("<answer>1</answer>" * 50_000) == "1"
    assert last_line_answer("<answer>" * 100_000) is None
