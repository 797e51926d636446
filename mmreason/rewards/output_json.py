"""Whether the output that a completion states in JSON is the right one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmreason.parsing.last_json import last_json
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


def output_reward(text: str, gold: Any, key: str = "output", wrong: float = 0.0, unreadable: float = -1.0) -> float:
    """Compare what the last JSON object of a text states with the right value.

    Returns:
        1 where it is equal, ``wrong`` where it is another or not stated, ``unreadable`` where there is no JSON object.
    """
    stated = last_json(text)
    if stated is None:
        return unreadable
    value = stated.get(key)
    return 1.0 if type(value) is type(gold) and value == gold else wrong


@dataclass(frozen=True)
class OutputReward(CompletionReward):
    """Reward of the string compositions, arXiv:2509.25123: right, wrong, or no JSON at all.

    Reads ``ref_output`` of the record; NaN for a task without it.

    Args:
        wrong: for another output, or an object without the key.
        unreadable: for a completion without a JSON object.
        key: under which the output must stand.
    """

    wrong: float = 0.0
    unreadable: float = -1.0
    key: str = "output"

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, ``wrong``, ``unreadable`` or NaN."""
        if "ref_output" not in task.record:
            return float("nan")
        return output_reward(completion.text, task.record["ref_output"], self.key, self.wrong, self.unreadable)
