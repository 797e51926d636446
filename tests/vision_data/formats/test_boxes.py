from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.formats.boxes import boxes_of, looks_like_boxes


@given(st.lists(st.tuples(*[st.integers(0, 500)] * 4), min_size=1, max_size=4))
def test_boxes_are_taken_as_they_are_or_refused(raw: list[tuple[int, int, int, int]]) -> None:
    fine = all(left <= right and top <= bottom for left, top, right, bottom in raw)
    if fine:
        assert boxes_of([list(box) for box in raw], "original") == tuple(tuple(map(float, box)) for box in raw)
    else:
        with pytest.raises(MediaError, match="swapped corners"):
            boxes_of([list(box) for box in raw], "original")


@pytest.mark.parametrize(
    ("value", "space", "size", "said"),
    [
        ([0, 0, float("nan"), 1], "original", None, "not finite"),
        ("[0, 0, NaN, 1]", "original", None, "not finite"),
        ("[0, 0, Infinity, 1]", "original", None, "not finite"),
        ([0, 0, 2, 1], "unit", None, "sticks out"),
        ([0, 0, 1001, 1], "thousand", None, "sticks out"),
        ([-1, 0, 2, 1], "original", None, "sticks out"),
        ([0, 0, 65, 10], "original", (64, 64), "0 to 64 by 0 to 64"),
        ([3, 0, 2, 1], "original", None, "swapped corners"),
        ([0, 0, 1], "original", None, "expected"),
        ("nothing", "original", None, "expected"),
        ([[0, 0, 1, 1], [0, 0, True, 1]], "original", None, "expected"),
    ],
)
def test_hostile_boxes(value: Any, space: Any, size: Any, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        boxes_of(value, space, size)


def test_what_looks_like_boxes() -> None:
    assert looks_like_boxes([[1, 2, 3, 4], [1, 2, 3, 4]])
    assert looks_like_boxes("[1e2, 2, 300, 4]")
    for value in ("[1, 2, 3]", "[a, b, c, d]", "1, 2, 3, 4", [], "[]", None, {"a": 1}, ["1", "2", "3", "4"]):
        assert not looks_like_boxes(value)
