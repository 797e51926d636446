"""Whether a chain has as many boxes as there are things."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN
from mmreason.rewards.grit.chain import ChainBoxes, is_counting
from mmreason.types import Completion, Task

_WHOLE = re.compile(r"\d{1,9}(?:\.0{1,9})?")


def gold_count(task: Task) -> int | None:
    """Read the number of things from the gold answer of a counting task; None where it is no whole number."""
    answer = (task.answer or "").strip()
    return int(float(answer)) if _WHOLE.fullmatch(answer) else None


@dataclass(frozen=True)
class BoxCount(CompletionReward):
    """GRIT's r_count, arXiv:2505.15879, with weight 0.5: 1 where a chain has as many boxes as there are things.

    No box and nothing to count agree. 0 for tasks that do not count; NaN for counting tasks whose gold answer is no
    whole number.

    Args:
        boxes: which numbers are boxes.
    """

    boxes: ChainBoxes = ChainBoxes()

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        if not is_counting(task):
            return 0.0
        gold = gold_count(task)
        return NAN if gold is None else float(len(self.boxes.rows(task, completion.text)) == gold)
