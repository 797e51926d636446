"""Actions as dicts, and literals that a policy wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.action import Action, action_block, read_action
from mmreason.parsing.literals import BadLiteral, read_literal

CLICK = Action("CLICK", None, (0.5, 0.7))


@pytest.mark.parametrize(
    "text",
    [
        "{'action': 'CLICK', 'value': None, 'position': [0.5, 0.7]}",
        '{"action": "CLICK", "value": null, "position": [0.5, 0.7]}',
        " {'action': 'click', 'position': (0.5, 0.7)}\n",
        '```json\n{"action": "CLICK", "position": [0.5, 0.7]}\n```',
    ],
)
def test_python_and_json_say_the_same(text: str) -> None:
    assert read_action(text) == CLICK


@pytest.mark.parametrize(
    "position", ["None", "[0.5]", "[0.5, 0.7, 1]", "['0.5', 0.7]", "[True, 0.7]", "[1e400, 0.5]", "'middle'", "{}"]
)
def test_a_position_that_is_none_leaves_the_action(position: str) -> None:
    assert read_action(f"{{'action': 'CLICK', 'position': {position}}}") == Action("CLICK")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CLICK",
        "{'action': 'CLICK'",
        "{'action': None}",
        "{'action': '  '}",
        "['CLICK']",
        "__import__('os').system('true')",
        "{'action': open('/etc/passwd').read()}",
        "{'action': 'CLICK' * 10**9}",
        "[" * 3000,
        "{'action': 'CLICK', 'value': '" + "a" * 5000 + "'}",
        "\0",
    ],
)
def test_what_is_no_dict_with_an_action_is_none(text: str) -> None:
    assert read_action(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_action(text)
    assert found is None or found.name


def test_odd_numbers_are_read_in_silence(recwarn: pytest.WarningsRecorder) -> None:
    assert read_action("{'action': 0x1or 2}") is None
    assert not recwarn.list


def test_literals_are_refused_with_a_reason() -> None:
    with pytest.raises(BadLiteral, match="neither a Python literal nor JSON"):
        read_literal("f(1)")
    with pytest.raises(BadLiteral, match="expected at most 4000"):
        read_literal("1" * 4001)


def test_types_and_kinds() -> None:
    assert Action("TASK_COMPLETE").same_type(Action("STATUS_TASK_COMPLETE"))
    assert not Action("SCROLL UP").same_type(Action("SCROLL DOWN"))
    assert Action("SCROLL UP").kind == Action("SCROLL LEFT").kind
    assert Action("PRESS BACK").kind != Action("SCROLL UP").kind
    assert Action("TYPE").kind == "TYPE"


def test_the_block_is_the_last_tag_after_the_thought() -> None:
    assert action_block("<think><action>a</action></think><action>b</action><action>c</action>") == "c"
    assert action_block("{'action': 'CLICK'}") == "{'action': 'CLICK'}"
    assert action_block("<think>x</think> {1}") == " {1}"
    assert action_block("<think><action>a</action>") is None
    assert action_block("<think>x</think><action>cut off") == "cut off"
