from __future__ import annotations

import pytest

from mmreason.parsing.boxes import MAX_PLACES, read_boxes, read_points

ONE = [(1.0, 2.0, 3.0, 4.5)]


@pytest.mark.parametrize(
    "said",
    [
        "[1, 2, 3, 4.5]", "[[1, 2, 3, 4.5]]", '{"bbox_2d": [1, 2, 3, 4.5], "label": "x"}', '[{"bbox": [1,2,3,4.5]}]',
        "```json\n[1, 2, 3, 4.5]\n```", "The cup [1, 2, 3, 4.5] is red.", "(1,2),(3,4.5)", "1, 2, 3, 4.5", "1 2 3 4.5",
        "<1 2 3 4.5>", "<|box_start|>(1,2),(3,4.5)<|box_end|>", 'So:\n```json\n{"bbox_2d": [1, 2, 3, 4.5]}\n```',
    ],
)  # fmt: skip
def test_one_box(said: str) -> None:
    assert read_boxes(said) == ONE


@pytest.mark.parametrize(
    "said",
    [
        "",
        "none",
        "[1, 2, 3]",
        "[1, 2, 3, 4, 5]",
        "[true, 1, 2, 3]",
        "[NaN, 1, 2, 3]",
        "1234",
        "[1, 2, 3, x]",
        '{"a": [1, 2, 3, 4]}',
    ],
)
def test_no_box(said: str) -> None:
    assert read_boxes(said) == []


def test_several_in_order() -> None:
    assert read_boxes("[1,2,3,4] or [5,6,7,8]") == [(1, 2, 3, 4), (5, 6, 7, 8)]
    assert read_boxes("[[1,2,3,4],[5,6,7,8]]") == [(1, 2, 3, 4), (5, 6, 7, 8)]


def test_points() -> None:
    assert read_points("click (3, 4)") == [(3, 4)]
    assert read_points('{"point_2d": [3, 4]}') == [(3, 4)]
    assert read_points("3, 4") == [(3, 4)]
    assert read_points("[[3, 4], [5, 6]]") == [(3, 4), (5, 6)]
    assert read_points("[1, 2, 3, 4]") == []


@pytest.mark.parametrize(
    "said",
    ["[" * 190_000, "[1, " * 40_000, "(1,2)," * 2_500, "[1,2,3,4]" * (MAX_PLACES + 1), "1" * 190_000, " " * 1_000_000],
)
def test_hostile(said: str) -> None:
    assert read_boxes(said) == []
