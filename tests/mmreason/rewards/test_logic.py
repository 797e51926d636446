from __future__ import annotations

import json
import math

import pytest

from mmreason.data.text import LOGIC
from mmreason.errors import DataError
from mmreason.rewards.logic import VERIFIERS, LogicAccuracy, ZebraCells, verify
from mmreason.types import Task

GOLD = {"House 1": {"Ages": "10", "Names": "Ann"}, "House 2": {"Ages": "20", "Names": "Bob"}}
OTHER = {"House 1": {"Ages": "20", "Names": "Bob"}, "House 2": {"Ages": "10", "Names": "Zed"}}
TASK = Task(id="t", prompt=(), record={"type": "game_of_24", "numbers": [3, 3, 8, 8], "target": 24})


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("<think>8*3</think><answer>8/(3-8/3)</answer>", 1.0),
        ("<think>8*3</think><answer>```python\n8/(3-8/3)\n```</answer>", 1.0),
        ("<think>8*3</think><answer>\\boxed{8/(3-8/3)}</answer>", 1.0),
        ("<think>8/(3-8/3)</think><answer>8*3+8-3</answer>", 0.0),
        ("<answer>8/(3-8/3)</answer>", 0.0),
        ("<think><answer>8/(3-8/3)</answer></think>", 0.0),
        ("", 0.0),
    ],
)
def test_format_and_value(say, text, worth) -> None:
    assert LogicAccuracy().rate(TASK, say(text)) == worth


def test_without_tags(say) -> None:
    for text in ("\\boxed{8/(3-8/3)}", "8/(3-8/3)", "<think>\\boxed{1}</think> So \\boxed{8/(3-8/3)}."):
        assert LogicAccuracy(tags=False).rate(TASK, say(text)) == 1.0
    assert LogicAccuracy(tags=False).rate(TASK, say("<think>\\boxed{8/(3-8/3)}")) == 0.0


def test_a_type_without_verifier_is_missing_and_a_broken_record_is_told(say) -> None:
    assert math.isnan(LogicAccuracy().rate(Task(id="t", prompt=(), record={"type": "TorF1"}), say("yes")))
    broken = Task(id="t", prompt=(), record={"type": "sudoku", "box": [2, 2]}, where="a.jsonl:3")
    with pytest.raises(DataError, match=r"a.jsonl:3: a record of type 'sudoku' lacks the field 'givens'"):
        LogicAccuracy(tags=False).rate(broken, say("1 2"))
    with pytest.raises(DataError, match="no verifier for the type 'chess'"):
        verify("e4", {"type": "chess"})


def test_every_family_has_its_verifier() -> None:
    drawn = {family(num=1, level=level).load_tasks(None)[0][0].record["type"] for family in LOGIC for level in (1, 5)}
    assert drawn | {"word_problem"} == set(VERIFIERS)


def test_zebra_cells(say) -> None:
    task = Task(id="t", prompt=(), record={"solution": GOLD})
    assert ZebraCells().rate(task, say(json.dumps({"reasoning": "...", "solution": OTHER}))) == 0.75
    assert ZebraCells(by_first=False).rate(task, say(json.dumps(OTHER))) == 0.0
    assert ZebraCells().rate(task, say("no")) == 0.0
    for record in ({}, {"solution": "text"}, {"solution": {"House 1": {}}}):
        assert math.isnan(ZebraCells().rate(Task(id="t", prompt=(), record=record), say("{}")))
