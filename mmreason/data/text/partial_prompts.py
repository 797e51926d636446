"""Questions of a data set that break off: what a model makes of them tells whether it has seen them before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import RecipeError
from mmreason.rewards.prompt_tail import truncated
from mmreason.types import Task
from vision_data.messages import Message, text_of


@dataclass(frozen=True)
class PartialPrompts:
    """Partial prompts, arXiv:2507.10532: the first part of each question, to be completed greedily.

    ``PromptTail`` compares the completion with the hidden tail; the answer stays that of the whole question, so that an
    accuracy tells how often it is found all the same. Questions of fewer than three words are left out.

    Args:
        of: the data set. Its last message must be of the user, and text alone.
        share: of the words that are shown: 0.4, 0.6 and 0.8 in the paper.
    """

    of: TaskSpec
    share: float = 0.6

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise RecipeError(f"PartialPrompts: share is {self.share}, expected more than 0 and less than 1")

    def load_tasks(self, home: Any) -> tuple[list[Task], list[BadRecord]]:
        """Read and cut."""
        tasks, bad = self.of.load_tasks(home)
        return [cut for task in tasks if (cut := self.cut(task)) is not None], bad

    def cut(self, task: Task) -> Task | None:
        """Give the task with its question cut, or None where it is too short."""
        *before, last = task.prompt
        parts = truncated(text_of((last,)), self.share)
        if parts is None:
            return None
        shown, tail = parts
        return replace(task, prompt=(*before, Message(last.role, (shown,))), record={**task.record, "tail": tail})
