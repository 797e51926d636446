"""Right or wrong, for answers that are compared as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mmreason.parsing.answers import final_answer, normalise_answer
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


@dataclass(frozen=True)
class Accuracy(CompletionReward):
    """1 where the extracted answer equals the gold answer after normalisation, else 0. Not from a paper.

    An answer that cannot be extracted, or is empty, is wrong; a task without a gold answer is missing (NaN).

    Args:
        extract: Completion text to answer, None where there is none. A module-level function, as keys are compared.
        normalise: Applied to both sides.
    """

    extract: Callable[[str], str | None] = final_answer
    normalise: Callable[[str], str] = normalise_answer

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        if task.answer is None:
            return float("nan")
        answer = self.extract(completion.text)
        return float(bool(answer) and answer is not None and self.normalise(answer) == self.normalise(task.answer))
