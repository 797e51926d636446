from __future__ import annotations

import pytest

from mmreason.parsing.answer_items import MAX_ITEMS, read_items


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("a, b", ["a", "b"]),
        ("a; b | c & d and e", ["a", "b", "c", "d", "e"]),
        ("[a, b]", ["a", "b"]),
        (r"\{1, 2\}", ["1", "2"]),
        ("(1, 2), (3, 4)", ["(1, 2)", "(3, 4)"]),
        ('["x, y", 3, 2.5]', ["x, y", "3", "2.5"]),
        ("1. red\n2. blue", ["red", "blue"]),
        ("sandy", ["sandy"]),
        ("5 or 6", ["5 or 6"]),
        (",,", []),
        ("", []),
        ("x," * (MAX_ITEMS + 1), []),
        ("[" * 100_000, ["[" * 100_000]),
    ],
)
def test_parts(said: str, parts: list[str]) -> None:
    assert read_items(said) == parts
