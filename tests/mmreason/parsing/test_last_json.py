from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.last_json import last_json


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"output": "ab"} then {"output": "cd"}', {"output": "cd"}),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ('{"a": 1} and {"b": ', {"a": 1}),
        ('```json\n{"a": 1}\n``` or {"a": 2}', {"a": 1}),
        ('```json\n{"a": 1}\n``` and ```json\n{"a": 2}\n```', {"a": 2}),
        ('```json\nnothing\n``` but {"a": 3}', {"a": 3}),
        ('{"a": True, "b": None}', {"a": True, "b": None}),
        ('{"a": "b: True, c"}', {"a": "b: True, c"}),
        ('{"a": "}{"}', {"a": "}{"}),
        ("{output: 1}", None),
        ("plain", None),
        ("[1]", None),
        ("", None),
    ],
)
def test_the_last_object_counts(text, found) -> None:
    assert last_json(text) == found


@pytest.mark.parametrize("piece", ['{"a":', "{", '{"a":"', '{"a":[', '"', "```json {", '{"a":"\\', '{"\\u', "\ud800{"])
def test_hostile_text_is_read_in_no_time(piece) -> None:
    assert last_json(piece * (1_000_000 // len(piece))) is None


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none(), max_size=4))
def test_what_json_wrote_is_read_back(value) -> None:
    assert last_json(f"I think {json.dumps(value)}.") == value
