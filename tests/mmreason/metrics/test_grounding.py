"""Numbers of grounded chains in the log."""

from __future__ import annotations

import math
from typing import Any

from mmreason.metrics.grounding import Grounding
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.types import Group
from tests.mmreason.fakes import comp, settled, task


def chains(id: str, dataset: str, answer: str, *texts: str, boxes: Any = ((0, 0, 10, 10),)) -> Group:
    record = {"dataset": dataset, "width": 20, "height": 20, "bboxs": [list(box) for box in boxes]}
    return Group(task(id, answer=answer, record=record), tuple(comp([1], text=text) for text in texts))


def measured(*groups: Group, metric: Grounding = Grounding()) -> dict[str, float]:
    return metric(settled(groups, metric))


def test_iou_boxes_and_counts() -> None:
    found = measured(
        chains("a", "tallyqa", "1", "[0,0,10,10]", "[0,0,10,10] [0,10,10,20]", "none"),
        chains("b", "vsr", "yes", "[0,0,10,5]"),
    )
    assert found["grounding_iou"] == (1 + 0.5 + 0 + 0.5) / 4
    assert found["grounding_iou/tallyqa"] == 0.5
    assert found["grounding_iou/vsr"] == 0.5
    assert found["boxes"] == 1.0
    assert found["boxed"] == 0.75
    assert found["count_match"] == 1 / 3


def test_what_was_not_measured_stays_so() -> None:
    found = measured(chains("a", "gqa", "red", "[0,0,10,10]", boxes=()))
    assert math.isnan(found["grounding_iou"])
    assert math.isnan(found["count_match"])
    assert found["boxes"] == 1.0
    assert "grounding_iou/gqa" not in measured(chains("a", "gqa", "red", ""), metric=Grounding(field=None))


def test_boxes_are_read_as_the_rewards_read_them() -> None:
    metric = Grounding(GroundingIoU(ChainBoxes(inside=True)))
    assert measured(chains("a", "vsr", "yes", "4, 3, 2, 1"), metric=metric)["boxed"] == 0.0
    assert measured(chains("a", "vsr", "yes", "4, 3, 2, 1"))["boxed"] == 1.0
