"""The answer, character by character."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.parsing.math_answer import math_answer
from mmreason.rewards.golds import AgainstGold, Extract
from mmreason.types import Task


def exact_match(text: str, gold: str, extract: Extract = math_answer) -> float:
    r"""Give 1 where the answer is the gold answer, else 0; an empty answer is wrong.

    White space around it, and one full stop that ends its sentence, are no part of an answer.

    >>> exact_match(r"<think>Rome?</think> It is \boxed{Paris}.", "Paris"), exact_match("paris", "Paris")
    (1.0, 0.0)
    """
    answer = (extract(text) or "").strip()
    return float(bool(answer) and gold.strip() in (answer, answer.removesuffix(".")))


@dataclass(frozen=True)
class ExactMatch(AgainstGold):
    """1 where the extracted answer equals a gold answer character by character, else 0. Not from a paper.

    Args:
        extract: Completion text to answer; by default what follows the thought: the last box, or "the answer is ...",
            or all of it.
    """

    extract: Extract = math_answer

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1 or 0."""
        return exact_match(text, gold, self.extract)
