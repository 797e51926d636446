"""Whether a completion goes on with a truncated question as its author did: a sign that the model has seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mmreason.errors import RecipeError
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.rouge import rouge_l
from mmreason.types import Completion, Task

LONGEST = 2000
"""Words of a completion that are looked at."""


def truncated(question: str, share: float) -> tuple[str, str] | None:
    """Cut a question after a share of its words, rounded down; gives what is shown and the tail.

    None for a question of fewer than three words, or where nothing would be shown.

    >>> truncated("How many eggs are in the box?", 0.6)
    ('How many eggs are', 'in the box?')
    """
    words = question.split()
    shown = int(share * len(words) + 1e-9)
    if len(words) < 3 or not 0 < shown < len(words):
        return None
    at = 0
    for word in words[:shown]:
        at = question.index(word, at) + len(word)
    return question[:at], question[at:].strip()


@dataclass(frozen=True)
class PromptTail(CompletionReward):
    """How well the hidden tail of a question is completed, arXiv:2507.10532: a contamination probe, not for training.

    Reads ``tail`` of the record, which ``PartialPrompts`` writes; NaN for a task without it.

    Args:
        by: ``exact``: 1 where the words are those of the tail, else 0; ``rouge_l``: F1 of the longest common
            subsequence of words.
        cut: compare only as many words of the completion as the tail has.
    """

    by: Literal["exact", "rouge_l"] = "exact"
    cut: bool = True

    def __post_init__(self) -> None:
        if self.by not in ("exact", "rouge_l"):
            raise RecipeError(f"PromptTail: by is {self.by!r}, expected 'exact' or 'rouge_l'")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        tail = str(task.record.get("tail", "")).split()
        if not tail:
            return float("nan")
        said = completion.text[: 40 * LONGEST].split()[: len(tail) if self.cut else LONGEST]
        return float(said == tail) if self.by == "exact" else rouge_l(said, tail)
