"""How well a chain's boxes cover what the question is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.rewards.places import gold_boxes
from mmreason.shown import Edges, Shown, ShownBox
from mmreason.types import Completion, Group, Task
from vision_data.coordinates import Box
from vision_data.spaces import System

MOST = 200
"""Boxes of a chain that are looked at; what follows is left out."""


def union_iou(one: Sequence[Edges], other: Sequence[Edges]) -> float:
    """Give the area that two unions of boxes share over the area they cover together; 0 where neither has any.

    Args:
        one: boxes as (left, top, right, bottom), in any count; those of no area add nothing.
        other: boxes in the same count.

    >>> round(union_iou([(0, 0, 10, 10), (5, 5, 15, 15)], [(0, 0, 10, 10)]), 6)
    0.571429
    """
    downs = sorted({edge for box in (*one, *other) for edge in (box[1], box[3])})
    shared = covered = 0.0
    for top, bottom in pairwise(downs):
        here, there = (
            [(box[0], box[2]) for box in boxes if box[1] <= top and box[3] >= bottom] for boxes in (one, other)
        )
        both, either = length(here) + length(there), length([*here, *there])
        shared += (both - either) * (bottom - top)
        covered += either * (bottom - top)
    return min(max(shared / covered, 0.0), 1.0) if covered > 0 else 0.0


def length(spans: Sequence[tuple[float, float]]) -> float:
    """Give the length that spans cover.

    >>> length([(0, 2), (1, 3), (5, 6)])
    4.0
    """
    total, end = 0.0, float("-inf")
    for low, high in sorted(spans):
        if high > end:
            total, end = total + high - max(low, end), high
    return total


@dataclass(frozen=True)
class GroundingIoU(CompletionReward):
    """GRIT's grounding IoU, "GIoU" in arXiv:2505.15879: the union of a chain's boxes against that of the gold ones.

    Area of both over area of either, 0 to 1. 0 for a chain without a box; NaN for a task without gold boxes. Corners
    are put in order, and what reaches out of the picture is cut off.

    Args:
        boxes: which numbers are boxes, and what they are counted in.
        field: where the record has the gold boxes.
        space: what the gold boxes are counted in, where the record has no ``box_space``.
    """

    boxes: ChainBoxes = ChainBoxes()
    field: str = "bboxs"
    space: System | None = "original"

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN.

        Raises:
            DataError: the record's boxes cannot be used.
        """
        gold = gold_boxes(task, self.field, self.space, self.boxes.said)
        if not gold:
            return NAN
        found = self.boxes.boxes(task, completion)[:MOST]
        return union_iou([shares(box) for box in found], [shares(box) for box in gold])

    def shown(self, group: Group, i: int) -> Shown | None:
        """The chain's boxes with the numbers that say them, and the gold ones."""
        task, text = group.task, group.completions[i].text
        gold = gold_boxes(task, self.field, self.space, self.boxes.said)
        found = self.boxes.places(task, text)[:MOST]
        told = tuple(ShownBox(shares(box), start, end) for box, start, end in found)
        return Shown(kind="boxes", title="Boxes", boxes=told, gold_boxes=tuple(map(shares, gold)))


def shares(box: Box) -> Edges:
    """A box in shares of the picture's sides, in which boxes of any space can be compared."""
    return (
        box.left / box.space.width,
        box.top / box.space.height,
        box.right / box.space.width,
        box.bottom / box.space.height,
    )
