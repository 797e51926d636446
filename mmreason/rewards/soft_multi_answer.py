"""Questions with several right options: partial credit as long as no wrong one is named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task

NAN = float("nan")
_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)


def letters(answer: str) -> frozenset[str]:
    """Read letters separated by commas, spaces taken out; nothing at all is the set of the empty text.

    >>> sorted(letters("C, A")), letters("")
    (['A', 'C'], frozenset({''}))
    """
    return frozenset("".join(answer.split()).split(","))


def tagged_or_all(text: str) -> str:
    """Give what stands in the last closed answer tag, and without one the whole text."""
    found = _TAGGED.findall(text)
    return str(found[-1]) if found else text


def soft_accuracy(answer: str, gold: str) -> float:
    """Give the share of the right options that are named; 0 as soon as a wrong one is.

    >>> [soft_accuracy(said, "A,C") for said in ("A", "A,C", "C, A", "A,B", "")]
    [0.5, 1.0, 1.0, 0.0, 0.0]
    """
    said, right = letters(answer), letters(gold)
    return len(said) / len(right) if said <= right else 0.0


@dataclass(frozen=True)
class SoftMultiAnswer(CompletionReward):
    """TW-GRPO's soft accuracy, arXiv:2505.24718: named over right options, 0 as soon as a wrong one is named.

    Letters are read as released: separated by commas, nothing around them. Without closed ``<answer>`` tags the whole
    text is the answer, which then is wrong. NaN for a task without a right option.

    Args:
        strict: Only all right options and no other earn anything (1): the binary reward, and strict accuracy.
    """

    strict: bool = False

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        if not (task.answer or "").strip():
            return NAN
        share = soft_accuracy(tagged_or_all(completion.text), task.answer or "")
        return float(share == 1) if self.strict else share
