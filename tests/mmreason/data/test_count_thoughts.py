"""Worked counts of things in scenes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.data.count_thoughts import CountTeacher
from mmreason.data.scenes import Scenes
from mmreason.errors import RecipeError
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rewards.numeric_match import NumericMatch
from tests.mmreason.fakes import comp, task

RECORD = {"size": [112, 112], "boxes": [[2, 2, 26, 26], [58, 2, 82, 26], [2, 86, 26, 110]]}


def test_things_are_counted_on_from_cell_to_cell() -> None:
    assert CountTeacher(1).texts("a", RECORD, "3") == [
        "<think>In row 1: 1122, row 2: 2222, row 3: 2222, row 4: 3333. In all 3.</think><answer>3</answer>"
    ]
    assert CountTeacher(1, slip=1.0).texts("a", RECORD, "3") == [
        "<think>In row 1: 0000, row 2: 0000, row 3: 0000, row 4: 0000. In all 0.</think><answer>0</answer>"
    ]


def test_numbers_of_two_digits_stand_apart_and_a_picture_need_not_be_square() -> None:
    boxes = [[28 * (i % 6), 28 * (i // 6), 28 * (i % 6) + 28, 28 * (i // 6) + 28] for i in range(11)]
    assert CountTeacher(1).texts("a", {"size": [168, 56], "boxes": boxes}, "11") == [
        "<think>In row 1: 1 2 3 4 5 6, row 2: 7 8 9 10 11 11. In all 11.</think><answer>11</answer>"
    ]


def test_more_to_count_is_oftener_wrong() -> None:
    def right(num: int) -> float:
        boxes = [[2 + 28 * (i % 4), 2 + 28 * (i // 4), 26 + 28 * (i % 4), 26 + 28 * (i // 4)] for i in range(num)]
        texts = CountTeacher(200, slip=0.2).texts("a", {"size": [112, 112], "boxes": boxes}, str(num))
        gold = task(answer=str(num))
        return sum(NumericMatch().rate(gold, comp([1], text=text)) for text in texts) / 200

    assert right(1) > right(3) > right(6)
    assert abs(right(3) - 0.8**3) < 0.1


def test_with_scenes(tmp_path: Path) -> None:
    tasks = Scenes(5, counts=(1, 5), things=(3, 9), suffix="Count.", teacher=CountTeacher(2)).load_tasks(tmp_path)[0]
    assert [t.answer for t in tasks] == ["1", "2", "3", "4", "5"]
    for t in tasks:
        for text in t.record["demonstrations"]:
            assert ThinkAnswerFormat().rate(t, comp([1], text=text)) == 1
            assert NumericMatch().rate(t, comp([1], text=text)) == 1


def test_settings_are_checked() -> None:
    with pytest.raises(RecipeError, match="num >= 1 and slip from 0 to 1, got 0"):
        CountTeacher(0)
