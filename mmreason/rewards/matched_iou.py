"""Several boxes against several gold ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.assignment import assign
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, Extract, one_of
from mmreason.rewards.places import gold_boxes, gold_system, iou, said_boxes, space_of
from mmreason.types import Completion, Task
from vision_data.coordinates import Box
from vision_data.spaces import System

How = Literal["hungarian", "greedy"]
Over = Literal["larger", "gold", "found"]


def matched_iou(
    found: Sequence[Box | None], gold: Sequence[Box], how: How = "hungarian", over: Over = "larger"
) -> float:
    """Give the mean IoU of boxes matched one to one.

    Args:
        found: Boxes of an answer; None is one that meets nothing.
        gold: The right boxes, at least one.
        how: ``hungarian`` takes the matching with the largest sum, ``greedy`` the best pair that is left again and
            again.
        over: What the sum is divided by: the ``larger`` number of boxes, so that missing and needless ones cost alike,
            the number of ``gold`` ones (needless ones cost nothing), or of those ``found``.
    """
    table = [[0.0 if one is None else iou(right, one) for one in found] for right in gold]
    total = sum(table[i][j] for i, j in assign(table, how))
    num = {"larger": max(len(found), len(gold)), "gold": len(gold), "found": len(found)}[over]
    return total / num if num else 0.0


@dataclass(frozen=True)
class MatchedIoU(CompletionReward):
    """Mean IoU of the answer's boxes with the gold ones, matched one to one. Not from a paper.

    NaN for a task without boxes, 0 for an answer without.

    Args:
        how: ``hungarian`` or ``greedy``; see ``matched_iou``.
        over: ``larger``, ``gold`` or ``found``; under ``gold`` boxes everywhere cost nothing.
        field: Where the record has the gold boxes; without it the gold answer is read if its ``answer_type`` is boxes.
        space: What the gold boxes are counted in, where the record has no ``box_space``.
        said: What the answer's boxes are counted in; None is as the gold ones.
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: a setting is none of those there are.
        DataError: in ``rate``, if the record's boxes cannot be used.
    """

    how: How = "hungarian"
    over: Over = "larger"
    field: str = "boxes"
    space: System | None = None
    said: System | None = None
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        one_of(self.how, get_args(How), "MatchedIoU: how")
        one_of(self.over, get_args(Over), "MatchedIoU: over")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        gold = gold_boxes(task, self.field, self.space, self.said)
        if not gold:
            return NAN
        system = gold_system(task, self.space)
        space = space_of(task, self.said or system, system)
        return matched_iou(said_boxes(self.extract(completion.text) or "", space), gold, self.how, self.over)
