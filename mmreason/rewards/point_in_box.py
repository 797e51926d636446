"""Whether a click lands where it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.boxes import read_points
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, Extract
from mmreason.rewards.places import gold_boxes, gold_system, said_boxes, space_of
from mmreason.types import Completion, Task
from vision_data.coordinates import Box, Point
from vision_data.errors import MediaError
from vision_data.spaces import Space, System


def point_in_box(text: str, gold: Box | Sequence[Box], space: Space | None = None) -> float:
    """Give 1 where the one point of an answer, or the centre of its one box, lies in a gold box or on its edge, else 0.

    Args:
        text: The answer.
        gold: The right box, or several of which any will do.
        space: What the answer's numbers are counted in; None is the gold box's.

    >>> from vision_data.spaces import THOUSAND
    >>> box = Box(100, 100, 200, 150, THOUSAND)
    >>> [point_in_box(text, box) for text in ("(200, 150)", "[90, 90, 120, 120]", "(90, 90)", "(150, 120) (151, 121)")]
    [1.0, 1.0, 0.0, 0.0]
    """
    right = [gold] if isinstance(gold, Box) else list(gold)
    said = _point(text, space or right[0].space)
    return float(said is not None and any(box.holds(said) for box in right))


def _point(text: str, space: Space) -> Point | None:
    boxes = said_boxes(text, space)
    if boxes:
        return boxes[0].centre if len(boxes) == 1 and boxes[0] is not None else None
    points = read_points(text)
    if len(points) != 1:
        return None
    try:
        return Point.of(list(points[0]), space)
    except MediaError:  # outside the picture
        return None


@dataclass(frozen=True)
class PointInBox(CompletionReward):
    """1 where the answer's point, or the centre of its box, lies in the gold box: R_hit of GUI-G1, arXiv:2505.15810.

    0 for several points, none, or one outside the picture. NaN for a task without boxes; of several gold boxes any
    will do.

    Args:
        field: Where the record has the gold box; without it the gold answer is read if its ``answer_type`` is boxes.
        space: What the gold box is counted in, where the record has no ``box_space``.
        said: What the answer's point is counted in; None is as the gold box.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        DataError: in ``rate``, if the record's boxes cannot be used.
    """

    field: str = "boxes"
    space: System | None = None
    said: System | None = None
    extract: Extract = boxed_or_block

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        gold = gold_boxes(task, self.field, self.space, self.said)
        if not gold:
            return NAN
        system = gold_system(task, self.space)
        return point_in_box(self.extract(completion.text) or "", gold, space_of(task, self.said or system, system))
