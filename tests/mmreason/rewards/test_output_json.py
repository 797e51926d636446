from __future__ import annotations

import math

import pytest

from mmreason.rewards.output_json import OutputReward, output_reward
from mmreason.types import Task


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ('{"output": "ab"} then {"output": "cd"}', 1.0),
        ('{"output": "cd"} then {"output": "ab"}', 0.0),
        ("cd", -1.0),
        ('{"result": "cd"}', 0.0),
        ('{"output": ["cd"]}', 0.0),
        ('{"output": null}', 0.0),
        ('{"output": "cd", "output": "x"}', 0.0),
        ('```json\n{"output": "cd"}\n```', 1.0),
        ("", -1.0),
    ],
)
def test_right_wrong_and_no_json(say, text, worth) -> None:
    task = Task(id="t", prompt=(), record={"ref_output": "cd"})
    assert OutputReward().rate(task, say(text)) == output_reward(text, "cd") == worth


def test_an_empty_output_can_be_right_and_a_task_without_one_is_missing(say) -> None:
    assert output_reward('{"output": ""}', "") == 1.0
    assert output_reward('{"output": true}', 1) == 0.0
    assert OutputReward(unreadable=0.0).rate(Task(id="t", prompt=(), record={"ref_output": "a"}), say("a")) == 0.0
    assert math.isnan(OutputReward().rate(Task(id="t", prompt=()), say('{"output": ""}')))
