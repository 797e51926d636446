"""What the released code of GRIT pays for boxes."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.rewards.base import CompletionReward
from mmreason.rewards.grit.box_count import gold_count
from mmreason.rewards.grit.chain import RETHINK, ChainBoxes, is_counting
from mmreason.types import Completion, Task


@dataclass(frozen=True)
class ReleasedBoxes(CompletionReward):
    """Boxes of GRIT's released code (arXiv:2505.15879), up to 1.5: a half for any, 1 for as many as there are things.

    0 without a ``<rethink>``. The code takes the whole batch for counting where its first task is; here each task says
    it for itself.

    Args:
        boxes: which numbers are boxes.
        count: what the right number of them is worth; 0 leaves it out.
    """

    boxes: ChainBoxes = ChainBoxes()
    count: float = 1.0

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0, 0.5, or with ``count`` more."""
        if RETHINK not in completion.text:
            return 0.0
        num = len(self.boxes.rows(task, completion.text))
        right = is_counting(task) and num == gold_count(task)
        return 0.5 * (num > 0) + self.count * right
