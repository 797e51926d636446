"""Demonstrations of which some have lost their thought."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from mmreason.errors import DataError, RecipeError
from mmreason.rollouts.demonstrations import Demonstrations
from mmreason.seeds import seed_of
from mmreason.types import Task

EMPTY = "\n\n"
"""What stands in the place of a thought that was dropped."""
_THOUGHT = re.compile(r"<think>(.*?)</think>", re.DOTALL)


def without_thought(text: str) -> str | None:
    r"""Empty the first thought of a text; None where it has none.

    >>> without_thought("<think>Two and two.</think><answer>4</answer>")
    '<think>\n\n</think><answer>4</answer>'
    """
    emptied, num = _THOUGHT.subn(f"<think>{EMPTY}</think>", text, count=1)
    return emptied if num else None


def dropped(draw: float, p: float) -> bool:
    """Say whether a thought goes, for a number drawn from [0, 1).

    >>> [dropped(draw, 0.5) for draw in (0.12, 0.73, 0.5, 0.49, 0.91)]
    [True, False, False, True, False]
    """
    return draw < p


@dataclass(frozen=True, kw_only=True)
class ThoughtDropout(Demonstrations):
    r"""TON's first stage, arXiv:2505.16854: each text loses its thought with probability ``p``, for ``CrossEntropy``.

    What is left of the thought is ``\n\n``, so that not to think becomes something a policy may do. A text loses its
    thought where a number drawn from [0, 1) for the task's id and the place of the text is below ``p``: once and for
    all, in whatever order and however often the texts come.

    Args:
        p: Share of thoughts that are dropped.
        seed: Of the draws.

    Raises:
        RecipeError: ``p`` is no probability.
        DataError: when rolled out, if there are thoughts to drop and a text has none.
    """

    p: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        if not 0 <= self.p <= 1:
            raise RecipeError(f"ThoughtDropout: p is {self.p}, expected a probability from 0 to 1")

    def drops(self, id: str, number: int) -> bool:
        """Say whether the text of this place loses its thought."""
        return dropped(random.Random(seed_of(self.seed, "thought dropout", id, number)).random(), self.p)

    def texts(self, task: Task) -> list[str]:
        """The texts of one task as they are learned from."""
        return [self.text(task, i, text) for i, text in enumerate(super().texts(task))]

    def text(self, task: Task, number: int, text: str) -> str:
        """One of them; with ``p`` 0 as it is, whatever it holds."""
        if not self.p:
            return text
        emptied = without_thought(text)
        if emptied is None:
            raise DataError(
                f"{task.where or f'task {task.id!r}'}: text {number} has no <think>...</think> to drop, "
                f"it begins with {text[:40]!r}"
            )
        return emptied if self.drops(task.id, number) else text
