"""Whether a chain has its thought, its second thought and a box."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmreason.rewards.base import CompletionReward
from mmreason.rewards.grit.chain import ChainBoxes
from mmreason.types import Completion, Task

_THINK, _RETHINK = re.compile(r"<think>.*?</think>", re.DOTALL), re.compile(r"<rethink>.*?</rethink>", re.DOTALL)


def chain_tags(text: str) -> tuple[bool, bool]:
    """Say whether there is a thought in its tags, and a second thought in its own after it.

    >>> chain_tags("<think>a</think><rethink>b</rethink>"), chain_tags("<rethink>b</rethink><think>a</think>")
    ((True, True), (True, False))
    """
    think = _THINK.search(text)
    return think is not None, think is not None and _RETHINK.search(text, think.end()) is not None


@dataclass(frozen=True)
class ChainFormat(CompletionReward):
    """GRIT's r_format, arXiv:2505.15879: a half each for the thought, the second thought after it, and some box.

    Args:
        boxes: which numbers are boxes; None pays for tags alone.
        half: what each of them is worth.
    """

    boxes: ChainBoxes | None = ChainBoxes()
    half: float = 0.5

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to three halves."""
        found = self.boxes is not None and bool(self.boxes.rows(task, completion.text))
        return self.half * (sum(chain_tags(completion.text)) + found)
