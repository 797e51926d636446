"""What the released code of GRIT pays for tags."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.rewards.base import CompletionReward
from mmreason.rewards.grit.chain import ANSWER
from mmreason.types import Completion, Task

_ORDER = ("<think>", "</think>", "<rethink>", "</rethink>")


def tags_in_order(text: str) -> int:
    """Count the four tags of thought and second thought that follow each other.

    After a tag the search goes on behind its last occurrence; one that is not found is passed over.

    >>> tags_in_order("<rethink>a</rethink><think>b</think>"), tags_in_order("</think><rethink>")
    (2, 2)
    """
    found = at = 0
    for tag in _ORDER:
        if text.find(tag, at) >= 0:
            found, at = found + 1, text.rindex(tag) + len(tag)
    return found


@dataclass(frozen=True)
class ReleasedTags(CompletionReward):
    """Tags of GRIT's released code (arXiv:2505.15879), up to 1: a quarter for an answer tag, another if there is one.

    Then 0.1 for each tag of thought and second thought in order (``tags_in_order``), and 0.1 more where all four are
    there and the first thought has at least two words.
    """

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1."""
        text = completion.text
        found = tags_in_order(text)
        thought = text.partition("<think>")[2].partition("</think>")[0]
        whole = found == len(_ORDER) and len(thought.split()) >= 2
        return 0.25 * (ANSWER in text) + 0.25 * (text.count(ANSWER) == 1) + (found + whole) / 10
