"""A stretch of time against the gold one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mmreason.errors import DataError
from mmreason.parsing.answer_block import boxed_or_block
from mmreason.parsing.segments import read_segments
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, Extract, one_of, place
from mmreason.types import Completion, Task

Unit = Literal["seconds", "share"]
Segment = tuple[float, float]


def temporal_iou(one: Segment, gold: Segment, swap: bool = False) -> float:
    """Give the time two stretches share over the time from the first start to the last end, 0 to 1.

    0 for a reversed or empty stretch, unless ``swap`` turns it round.

    >>> round(temporal_iou((0.2, 0.6), (0.3, 0.7)), 8), round(temporal_iou((0.2, 0.6), (0.4, 0.8)), 8)
    (0.6, 0.33333333)
    """
    if swap:
        one = (min(one), max(one))
    if not one[0] < one[1] or not all(map(math.isfinite, (*one, *gold))):
        return 0.0
    shared = min(one[1], gold[1]) - max(one[0], gold[0])
    every = max(one[1], gold[1]) - min(one[0], gold[0])
    return max(shared, 0.0) / every if every > 0 else 0.0


@dataclass(frozen=True)
class TemporalIoU(CompletionReward):
    """Temporal IoU of the one stretch of time in the answer, Temporal-R1, arXiv:2506.01908.

    0 for no stretch, several, and a reversed one. NaN for a task without a gold stretch.

    Args:
        field: Where the record has the gold stretch, ``[start, end]``; without it the gold answer is read.
        gold: What it is counted in: ``seconds``, or ``share`` of the video, 0 to 1.
        said: What the answer is counted in. Where the two differ, the record needs ``duration`` in seconds.
        swap: Turn a reversed answer round, as evaluations do.
        at: None gives the IoU; a number gives 1 from this IoU on and 0 below (R@0.5).
        extract: Completion text to answer; by default the last box after the thought, or all that follows the thought.

    Raises:
        RecipeError: a setting is none of those there are.
        DataError: in ``rate``, if the record's stretch is none, or a duration is missing.
    """

    field: str = "segment"
    gold: Unit = "seconds"
    said: Unit = "seconds"
    swap: bool = False
    at: float | None = None
    extract: Extract = boxed_or_block

    def __post_init__(self) -> None:
        one_of(self.gold, get_args(Unit), "TemporalIoU: gold")
        one_of(self.said, get_args(Unit), "TemporalIoU: said")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        wanted = self.gold_of(task)
        if wanted is None:
            return NAN
        found = read_segments(self.extract(completion.text) or "")
        if len(found) != 1:
            return 0.0
        factor = self.factor(task)
        value = temporal_iou((found[0][0] * factor, found[0][1] * factor), wanted, self.swap)
        return value if self.at is None else float(value >= self.at)

    def gold_of(self, task: Task) -> Segment | None:
        """Read the gold stretch; None where the task has none."""
        value: Any = task.record.get(self.field)
        if value is None:
            found = read_segments(task.answer or "")
            return found[0] if len(found) == 1 and found[0][0] < found[0][1] else None
        try:
            start, end = (float(x) for x in value)
        except (TypeError, ValueError):
            start = end = math.nan
        if not start < end < math.inf:
            raise DataError(
                f"{place(task)}: {self.field} is {str(value)[:60]!r}, expected [start, end] with start < end"
            )
        return start, end

    def factor(self, task: Task) -> float:
        """What turns the answer's unit into the gold one's."""
        if self.said == self.gold:
            return 1.0
        seconds = task.record.get("duration")
        if not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
            raise DataError(f"{place(task)}: duration is {seconds!r}, expected seconds over 0 to compare with shares")
        return 1 / seconds if self.said == "seconds" else float(seconds)
