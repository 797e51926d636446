"""Boxes, points and stretches of time, by hand and by the cards."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.box_iou import BoxIoU, box_iou
from mmreason.rewards.matched_iou import MatchedIoU, matched_iou
from mmreason.rewards.places import iou
from mmreason.rewards.point_in_box import PointInBox, point_in_box
from mmreason.rewards.temporal_iou import TemporalIoU, temporal_iou
from mmreason.types import Task
from tests.mmreason.fakes import task
from vision_data.coordinates import Box
from vision_data.media import Image
from vision_data.messages import Message
from vision_data.spaces import THOUSAND, UNIT, Space

PICTURE = Space(1000, 500)
GOLD = Box(110, 90, 190, 150, PICTURE)


def about(boxes: Any, **fields: Any) -> Task:
    return task(record={"boxes": boxes, "box_space": "original", **fields})


def test_iou_of_gui_g1() -> None:
    """Worked example of GUI-G1's card, arXiv:2505.15810."""
    assert box_iou("[100, 100, 200, 150]", GOLD) == pytest.approx(0.68965517, abs=1e-8)
    assert point_in_box("[100, 100, 200, 150]", GOLD) == 1.0


def test_iou_of_vlaa_thinker() -> None:
    """Worked example of VLAA-Thinker's card, arXiv:2504.11468."""
    assert box_iou("[0.1, 0.2, 0.7, 0.5]", Box(0.2, 0.2, 0.8, 0.6, UNIT)) == pytest.approx(0.55555556, abs=1e-8)


EDGES = st.tuples(*[st.integers(0, 10)] * 2, *[st.integers(1, 10)] * 2).map(
    lambda e: (e[0], e[1], e[0] + e[2], e[1] + e[3])
)


@given(EDGES, EDGES)
def test_iou_does_not_depend_on_the_space(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    space = Space(20, 20)
    a, b = Box.of(list(one), space), Box.of(list(other), space)
    assert 0.0 <= iou(a, b) <= 1.0
    assert iou(a, b) == pytest.approx(iou(b, a)) == pytest.approx(iou(a.to(UNIT), b.to(THOUSAND)))
    assert iou(a, a) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "", "none", "[190, 90, 110, 150]", "[110, 90, 110, 150]", "[110,90,190,150] [1,1,2,2]", "[1e999, 0, 1, 1]",
        "[2000, 600, 3000, 700]",
    ],
)  # fmt: skip
def test_no_box_two_boxes_and_inverted_ones_give_nothing(text: str) -> None:
    assert box_iou(text, GOLD) == point_in_box(text, GOLD) == 0.0


def test_what_reaches_out_of_the_picture_is_cut_off() -> None:
    assert box_iou("[0, 0, 2000, 1000]", Box(0, 0, 1000, 500, PICTURE)) == 1.0
    assert box_iou("[-50, 0, 100, 50]", Box(0, 0, 100, 50, PICTURE)) == 1.0


def test_spaces_of_gold_and_answer(say) -> None:
    gold = about([100, 100, 300, 200], width=1000, height=500)
    for said, text in (
        (None, "[100, 100, 300, 200]"),
        ("original", "[100, 100, 300, 200]"),
        ("unit", "[0.1, 0.2, 0.3, 0.4]"),
        ("thousand", "[100, 200, 300, 400]"),
    ):
        assert BoxIoU(said=said).rate(gold, say(text)) == pytest.approx(1.0)  # type: ignore[arg-type]
        assert MatchedIoU(said=said).rate(gold, say(text)) == pytest.approx(1.0)  # type: ignore[arg-type]
        assert PointInBox(said=said).rate(gold, say(text)) == 1.0  # type: ignore[arg-type]
    assert BoxIoU(at=0.5).rate(gold, say("[100, 100, 300, 190]")) == 1.0
    assert BoxIoU(at=0.95).rate(gold, say("[100, 100, 300, 190]")) == 0.0


def test_pixels_of_what_the_model_was_shown(say) -> None:
    shown = Message("user", (Image("x.png", max_pixels=28 * 28 * 8), "Where?"))
    record = {"boxes": [[100, 100, 300, 200]], "box_space": "original", "width": 1000, "height": 500}
    seen = Space(1000, 500).resized(max_pixels=28 * 28 * 8)
    text = json.dumps(Box(100, 100, 300, 200, PICTURE).to(seen).numbers)
    asked = Task(id="t", prompt=(shown,), record=record)
    assert BoxIoU(said="resized").rate(asked, say(text)) == pytest.approx(1.0)
    told = Task(id="t", prompt=(), record={**record, "resized_width": seen.width, "resized_height": seen.height})
    assert BoxIoU(said="resized").rate(told, say(text)) == pytest.approx(1.0)


def test_the_gold_answer_of_a_task_about_boxes(say) -> None:
    fields = {"answer_type": "boxes", "box_space": "thousand"}
    asked = task(answer="[[100, 100, 300, 200]]", record=fields)
    assert BoxIoU().rate(asked, say(asked.answer)) == 1.0
    for reward in (BoxIoU(), MatchedIoU(), PointInBox()):
        assert math.isnan(reward.rate(task(answer="yes"), say("[1, 2, 3, 4]")))
    with pytest.raises(DataError, match="the gold answer is 'somewhere', expected boxes"):
        BoxIoU().rate(task(answer="somewhere", record=fields), say(""))


@pytest.mark.parametrize(
    ("record", "reward", "told"),
    [
        ({"boxes": [1, 2, 3, 4]}, BoxIoU(), "declared in None, expected one of original, resized, unit, thousand"),
        ({"boxes": [4, 2, 3, 4], "box_space": "original"}, BoxIoU(), "empty or inverted"),
        ({"boxes": [1, 2, 3], "box_space": "original"}, BoxIoU(), "expected 4 numbers"),
        ({"boxes": "here", "box_space": "original"}, BoxIoU(), "boxes"),
        ({"boxes": [1, 2, 3, 4], "box_space": "original"}, BoxIoU(said="unit"), "without width and height"),
        ({"boxes": [1, 2, 3, 4], "box_space": "original"}, BoxIoU(said="resized"), "without width and height"),
        ({"boxes": [[1, 2, 3, 4]] * 2, "box_space": "unit"}, BoxIoU(), "outside|reaches out"),
        ({"boxes": [[0, 0, 1, 1]] * 2, "box_space": "unit"}, BoxIoU(), "2 gold boxes, expected one; use MatchedIoU"),
        ({"boxes": [1, 2, 3, 4], "box_space": "original", "width": 0, "height": 9}, BoxIoU(), "width and height"),
    ],
)
def test_records_that_cannot_be_used_are_told(say, record, reward, told: str) -> None:
    with pytest.raises(DataError, match=told):
        reward.rate(task(record=record), say("[1, 2, 3, 4]"))


A, B = Box(0, 0, 10, 10, THOUSAND), Box(20, 0, 30, 10, THOUSAND)
HALF = Box(0, 0, 10, 5, THOUSAND)


def test_matching_by_hand() -> None:
    assert matched_iou([B, A], [A, B]) == 1.0
    assert matched_iou([A], [A, B]) == matched_iou([A, B], [A]) == 0.5
    assert matched_iou([A, B, None], [A, B]) == pytest.approx(2 / 3)
    assert matched_iou([A, B], [A], over="gold") == 1.0
    assert matched_iou([A], [A, B], over="found") == 1.0
    assert matched_iou([HALF, HALF], [A]) == 0.25
    assert matched_iou([], [A]) == 0.0


def test_greedy_may_be_worse() -> None:
    # IoU: the first gold with the two found 1 and 0.5, the second 0.9 and 0.
    gold = [Box(0, 0, 100, 10, THOUSAND), Box(10, 0, 100, 10, THOUSAND)]
    found = [Box(0, 0, 100, 10, THOUSAND), Box(0, 0, 9, 10, THOUSAND)]
    assert matched_iou(found, gold, "greedy") == pytest.approx((1.0 + 0.0) / 2)
    assert matched_iou(found, gold) == pytest.approx(max(1.0 + 0.0, 0.9 + 0.09) / 2)


def test_clicks(say) -> None:
    asked = about([[100, 100, 200, 150], [300, 300, 400, 400]], width=1000, height=500)
    for text, worth in (
        ("(100, 100)", 1.0),
        ('{"point_2d": [350, 350]}', 1.0),
        ("(250, 250)", 0.0),
        ("(150, 120) (1, 1)", 0.0),
    ):
        assert PointInBox().rate(asked, say(text)) == worth


def test_temporal_iou_of_temporal_r1(say) -> None:
    """Worked example of Temporal-R1's card, arXiv:2506.01908."""
    asked = task(record={"segment": [0.3, 0.7], "duration": 30})
    reward = TemporalIoU(gold="share")
    assert reward.rate(asked, say('<answer>{"start_time": "6", "end_time": "18"}</answer>')) == pytest.approx(0.6)
    assert temporal_iou((0.2, 0.6), (0.4, 0.8)) == pytest.approx(0.33333333, abs=1e-8)


def test_stretches_by_hand(say) -> None:
    asked = task(answer="6 to 18")
    for text, worth in (
        ("6 to 18", 1.0),
        ("18 to 6", 0.0),
        ("20 to 30", 0.0),
        ("6 to 12", 0.5),
        ("6", 0.0),
        ("1 to 2, 6 to 18", 0.0),
    ):
        assert TemporalIoU().rate(asked, say(text)) == worth, text
    assert TemporalIoU(swap=True).rate(asked, say("18 to 6")) == 1.0
    assert TemporalIoU(at=0.5).rate(asked, say("6 to 12")) == 1.0
    assert TemporalIoU(said="share").rate(task(record={"segment": [6, 18], "duration": 30}), say("0.2 to 0.6")) == 1.0
    assert math.isnan(TemporalIoU().rate(task(answer="yes"), say("6 to 18")))
    assert temporal_iou((1, 1), (1, 1)) == temporal_iou((0, math.inf), (0, 1)) == 0.0


@pytest.mark.parametrize(
    "record", [{"segment": [3, 1]}, {"segment": "x"}, {"segment": [1, 2]}, {"segment": [1], "duration": 3}]
)
def test_bad_stretches_are_told(say, record) -> None:
    with pytest.raises(DataError, match="expected"):
        TemporalIoU(said="share").rate(task(record=record), say("0.1 to 0.2"))


def test_bad_settings_are_refused() -> None:
    for make in (
        lambda: BoxIoU(at=0.0),
        lambda: MatchedIoU("best"),
        lambda: MatchedIoU(over="all"),
        lambda: TemporalIoU(gold="s"),
    ):  # type: ignore[arg-type]
        with pytest.raises(RecipeError, match="expected"):
            make()
