from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.data.text import StringComposition
from mmreason.data.text import string_functions as known
from mmreason.errors import RecipeError
from mmreason.rewards.output_json import OutputReward
from mmreason.types import Task


def tasks(**fields) -> list[Task]:
    return StringComposition(**fields).load_tasks(None)[0]


def f(number: int, *values):
    return known.FUNCTIONS[number](*values)


def test_worked_examples() -> None:
    assert f(22, "«h»«i»" + "x") == "«h»«i»"
    assert f(19, "hello", 2) == "llohe"
    assert f(20, "abc", "xy") == "axbyc"
    assert f(0, "hello") == "hleol"
    assert f(24, "ab", 1) == "abba"
    assert f(23, "ab", 2) == "ab1"
    assert f(12, "code") == "c4d2"


@pytest.mark.parametrize(
    ("number", "values", "result"),
    [
        (1, ("ab", 3), "ababab"),
        (2, ("Audio x",), "d x"),
        (3, ("hello",), "ehllo"),
        (4, ("ab cd e",), "e cd ab"),
        (5, ("x", "ab"), "abx"),
        (6, ("x", "ab"), "xab"),
        (7, ("ab", "xyz"), "axbyz"),
        (8, ("abcd", 5), "bcda"),
        (9, ("ab",), "abba"),
        (10, ("aBCd",), "aBcD"),
        (11, ("xYz-1", 3), "aBc-1"),
        (12, ("AEiou",), "12345"),
        (13, ("abc", "-"), "a-b-c"),
        (14, ("ab",), "aabb"),
        (15, ("ab",), "«a»«b»"),
        (16, ("aabbba",), "aba"),
        (17, ("hello",), "olleh"),
        (18, ("ab", 2), "abab"),
        (19, ("", 2), ""),
        (20, ("", "xy"), "xy"),
        (21, ("a1-b",), "ab"),
        (22, ("ab",), "ab"),
        (23, ("a3", 2), "a3"),
        (23, ("ab", 0), "ab"),
        (24, ("aba", 2), "aba"),
        (24, ("ab", 0), "ab"),
    ],
)
def test_every_function(number, values, result) -> None:
    assert f(number, *values) == result


@given(st.text(max_size=30), st.text(max_size=30))
def test_laws_of_the_functions(a, b) -> None:
    assert sorted(f(0, a)) == sorted(f(3, a)) == sorted(a)
    assert f(17, a) == a[::-1]
    assert f(7, a, b) == f(20, a, b)
    assert f(8, a, 3) == f(19, a, 3)
    assert len(f(22, a)) % 2 == 0
    assert f(24, a, 1) == f(24, a, 1)[::-1]


def test_the_two_sets_are_all_functions() -> None:
    assert sorted(known.TRAIN + known.HELD_OUT) == list(range(25))
    assert (len(known.TRAIN), len(known.HELD_OUT)) == (13, 12)


@pytest.mark.parametrize("number", range(25))
def test_a_shown_definition_computes_the_same(number) -> None:
    space: dict = {}
    exec(known.definition(number), space)
    extra = {7: "xy", 20: "xy", 5: "pq", 6: "pq", 13: "_"}.get(number, 2)
    needs = number in known.COUNTS or number in (5, 6, 7, 13, 20)
    for text in ("", "a", "hello World", "aab1!"):
        values = (text, extra) if needs else (text,)
        assert space[f"func_{number}"](*values) == f(number, *values)
    assert ":" in known.definition(number)
    assert known.FUNCTIONS[number].__name__ not in known.definition(number)


@pytest.mark.parametrize("level", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("functions", ["train", "held_out", "all"])
def test_outputs_are_those_of_the_code(level, functions) -> None:
    allowed = {"train": known.TRAIN, "held_out": known.HELD_OUT}.get(functions, tuple(range(25)))
    for task in tasks(num=15, level=level, functions=functions):
        record = task.record
        space = {f"func_{number}": known.FUNCTIONS[number] for number in record["functions"]}
        exec(record["ref_code"], space)
        assert space["main_solution"](record["ref_input"]) == record["ref_output"]
        assert json.loads(task.answer) == {"output": record["ref_output"]}
        assert len(record["ref_output"]) <= 200
        assert set(record["functions"]) <= set(allowed)
        assert record["data_source"] == f"codeio-forward-incomplete-depth{level}"
        assert set(map(int, re.findall(r"func_(\d+)", record["ref_code"]))) == set(record["functions"])


def test_depth_is_how_deep_calls_are_nested() -> None:
    for task in tasks(num=40, level=3):
        code = task.record["ref_code"].split("return ")[1]
        deepest = depth = dots = 0
        for character in re.sub(r'"[^"]*"', "", code):
            depth += {"(": 1, ")": -1}.get(character, 0)
            deepest = max(deepest, depth)
        dots = len(re.findall(r"\.(?:upper|lower|capitalize|swapcase)\(\)", code))
        assert 3 - dots <= deepest <= 3 + dots


def test_definitions_are_shown_in_stage_1_and_hidden_in_stage_2() -> None:
    (hidden,), (shown,) = tasks(num=1), tasks(num=1, definitions=True)
    assert hidden.prompt[0].content[0].count("def ") == 1
    assert shown.prompt[0].content[0].count("def ") == 1 + len(shown.record["functions"])
    assert shown.record["data_source"].startswith("codeio-forward-complete")
    assert hidden.answer == shown.answer


def test_rewards(say) -> None:
    for task in tasks(num=10, level=2):
        assert OutputReward().rate(task, say(f"So it is {task.answer}")) == 1.0
        assert OutputReward().rate(task, say('{"output": "?"}')) == 0.0
        assert OutputReward().rate(task, say(task.prompt[0].content[0])) == -1.0


def test_golden() -> None:
    found = [
        (task.record["ref_code"].split("return ")[1], task.record["ref_output"])
        for task in tasks(num=3, level=2, seed=1)
    ]
    assert found == GOLDEN


GOLDEN = [
    ("func_15(func_17(x))", "«k»«o»«g»«t»"),
    ('func_3(func_11("oal", 2))', "cnq"),
    ('func_5(func_4("flqg"), "ckmt")', "ckmtflqg"),
]


def test_dials_out_of_range() -> None:
    with pytest.raises(RecipeError, match="functions is 'some'"):
        StringComposition(functions="some")
    with pytest.raises(RecipeError, match="level is 9, expected 1 to 8"):
        StringComposition(level=9)
