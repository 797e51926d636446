from __future__ import annotations

import pytest

from mmreason.parsing.json_text import MAX_DEPTH, BadJson, read_json, same_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (' {"a": [1, null]} ', {"a": [1, None]}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("```\n[]\n```\n", []),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, None),
    ],
)
def test_read(text: str, value: object) -> None:
    found = read_json(text)
    assert value is None or found == value


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "{'a': 1}", "NaN", "[Infinity]", '{"a": 1, "a": 2}', "1 2", "[1],", 'It is {"a": 1}', "9" * 5000,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "[" * 100_000, '{"a":' * 50_000, "\ud800",
        '"' + "x" * 1_000_001 + '"',
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(BadJson):
        read_json(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": [1, 2]}, {"b": [1.0, 2], "a": 1}, True),
        ([1, 2], [2, 1], False),
        (1, True, False),
        (0, False, False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (None, False, False),
        ("1", 1, False),
        ([True], [1], False),
    ],
)
def test_same(one: object, other: object, same: bool) -> None:
    assert same_json(one, other) is same
    assert same_json(other, one) is same
