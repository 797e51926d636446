"""One box against the gold one."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.errors import DataError, RecipeError
from mmreason.parsing.answer_block import boxed_or_block
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, Extract, place
from mmreason.rewards.places import gold_boxes, gold_system, iou, said_boxes, space_of
from mmreason.types import Completion, Task
from vision_data.coordinates import Box
from vision_data.spaces import Space, System


def box_iou(text: str, gold: Box, space: Space | None = None) -> float:
    """Give the IoU of the one box in an answer; no box, two, and an inverted one give 0.

    Args:
        text: The answer.
        gold: The right box.
        space: What the answer's numbers are counted in; None is the gold box's.

    >>> from vision_data.spaces import THOUSAND, UNIT
    >>> round(box_iou("[200, 200, 800, 600]", Box(0.1, 0.2, 0.7, 0.5, UNIT), THOUSAND), 8)
    0.55555556
    """
    found = said_boxes(text, space or gold.space)
    return iou(gold, found[0]) if len(found) == 1 and found[0] is not None else 0.0


@dataclass(frozen=True)
class BoxIoU(CompletionReward):
    """Intersection over union of the one box in the answer with the gold one, as in VLAA-Thinker, arXiv:2504.11468.

    0 for no box, several boxes and an inverted one; what reaches out of the picture is cut off. NaN for a task without
    boxes. Several gold boxes: ``MatchedIoU``.

    Args:
        field: Where the record has the gold box; without it the gold answer is read if its ``answer_type`` is boxes.
        space: What the gold box is counted in, where the record has no ``box_space``.
        said: What the answer's box is counted in; None is as the gold one.
        at: None gives the IoU; a number gives 1 from this IoU on and 0 below.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: ``at`` is not in 0 to 1.
        DataError: in ``rate``, if the record's boxes cannot be used.
    """

    field: str = "boxes"
    space: System | None = None
    said: System | None = None
    at: float | None = None
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        if self.at is not None and not 0.0 < self.at <= 1.0:
            raise RecipeError(f"BoxIoU: at is {self.at}, expected None or a number over 0 and up to 1")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        gold = gold_boxes(task, self.field, self.space, self.said)
        if not gold:
            return NAN
        if len(gold) > 1:
            raise DataError(f"{place(task)}: there are {len(gold)} gold boxes, expected one; use MatchedIoU")
        system = gold_system(task, self.space)
        found = box_iou(self.extract(completion.text) or "", gold[0], space_of(task, self.said or system, system))
        return found if self.at is None else float(found >= self.at)
