"""JSON, regular expressions, instructions."""

from __future__ import annotations

import math
import re

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.instruction_following import InstructionFollowing, instruction_following
from mmreason.rewards.json_match import JsonFormat, JsonMatch, json_match, json_valid
from mmreason.rewards.regex_match import RegexMatch, regex_match
from mmreason.signals import check
from mmreason.types import Batch, Group
from tests.mmreason.fakes import task

KINDS = ["change_case:english_lowercase", "length_constraints:number_words"]
KWARGS = [None, {"num_words": 2, "relation": "less than"}]


def test_json_functions() -> None:
    assert json_valid('```json\n{"a": 1}\n```') == 1.0
    assert json_valid('{"a": 1}', {"required": ["b"]}) == json_valid("{a: 1}") == json_valid("") == 0.0
    assert json_match('{"a": [1]}', '{"a": [1.0]}') == 1.0
    assert json_match('{"a": [1], "a": [1]}', '{"a": [1]}') == json_match("[" * 100_000, "[]") == 0.0
    assert math.isnan(json_match("1", "one"))


def test_json_rewards(say) -> None:
    said = say('<think>{"a": 2}</think>{"a": 1}')
    assert JsonMatch().rate(task(answer='{"a": 1}'), said) == JsonFormat().rate(task(), said) == 1.0
    assert JsonFormat('{"required": ["b"]}').rate(task(), said) == 0.0
    assert JsonFormat('{"required": ["b"]}').rate(task(record={"schema": {"required": ["a"]}}), said) == 1.0
    assert JsonFormat().rate(task(record={"schema": '{"type": "array"}'}), said) == 0.0


def test_a_pattern_in_a_schema_cannot_hang() -> None:
    assert json_valid('"ab"', {"pattern": "^a"}) == 1.0
    assert json_valid(f'"{"a" * 60}"', {"pattern": "^(a+)+b"}) == 0.0


def test_bad_schemas_are_told(say) -> None:
    with pytest.raises(RecipeError, match=r"JsonFormat: schema.*\$ref"):
        JsonFormat('{"$ref": "#"}')
    with pytest.raises(RecipeError, match="no JSON schema"):
        JsonFormat("{")
    for schema in ("{", {"$ref": "#"}, 3):
        with pytest.raises(DataError, match="task 'q0': schema"):
            JsonFormat().rate(task(record={"schema": schema}), say("1"))


def test_regular_expressions(say) -> None:
    texts = ["<think>a</think>\n<answer>b</answer>", " <think></think><answer></answer> ", "b", ""]
    group = Group(task(), tuple(map(say, texts)))
    assert RegexMatch().score(group).tolist() == [1.0, 1.0, 0.0, 0.0]
    (found,) = RegexMatch("B", "anywhere", re.IGNORECASE)(Batch((group,)))
    assert found.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert RegexMatch(".*").score(group).tolist()[-1] == 0.0, "nothing said is nothing matched"
    check(RegexMatch("x", flags=re.DOTALL))


def test_endless_backtracking_is_not_measured() -> None:
    assert math.isnan(regex_match("a" * 60, "(a+)+b", seconds=0.3))
    assert regex_match("aab", "(a+)+b") == 1.0


def test_bad_patterns_are_told() -> None:
    with pytest.raises(RecipeError, match="RegexMatch: pattern: '\\(a' is no regular expression"):
        RegexMatch("(a")
    with pytest.raises(RecipeError, match="where is 'all', expected one of 'full', 'start', 'anywhere'"):
        RegexMatch("a", "all")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="seconds is 0"):
        RegexMatch("a", seconds=0.0)


def test_instructions_by_prompt_and_by_instruction(say) -> None:
    """Strict and loose scores, by prompt and by instruction: IFEval, arXiv:2311.07911."""
    asked = task(record={"instruction_id_list": KINDS, "kwargs": KWARGS})
    said = say("<think>Hm.</think>hi there\nyou")
    assert InstructionFollowing().rate(asked, said) == 0.0
    assert InstructionFollowing(over="share").rate(asked, said) == 0.5
    assert InstructionFollowing(loose=True).rate(asked, said) == 1.0
    assert InstructionFollowing().rate(asked, say("hi")) == 1.0
    assert InstructionFollowing(over="share").rate(asked, say("")) == 0.0
    assert math.isnan(InstructionFollowing().rate(task(), said))


def test_what_cannot_be_told_without_a_model() -> None:
    kinds, kwargs = [*KINDS, "language:response_language"], [*KWARGS, {"language": "de"}]
    assert math.isnan(instruction_following("hi", kinds, kwargs))
    assert instruction_following("Hi", kinds, kwargs) == 0.0
    assert instruction_following("hi", kinds, kwargs, over="share") == 1.0
    assert math.isnan(instruction_following("hi", [], []))
    with pytest.raises(DataError, match="2 instructions and arguments of 0"):
        instruction_following("hi", KINDS, [])


def test_bad_instructions_are_told(say) -> None:
    with pytest.raises(DataError, match="expected two lists of the same length"):
        InstructionFollowing().rate(task(record={"instruction_id_list": KINDS, "kwargs": []}), say("x"))
    with pytest.raises(DataError, match="task 'q0': the kind is 'x:y'"):
        InstructionFollowing().rate(task(record={"instruction_id_list": ["x:y"], "kwargs": [{}]}), say("x"))
    with pytest.raises(RecipeError, match="over is 'some'"):
        InstructionFollowing(over="some")  # type: ignore[arg-type]
