"""Countdown and the game of 24: an expression of given numbers that has a given value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmreason.parsing.ast_arithmetic import BadArithmetic, compute, uses_each_once
from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.spans import find_spans
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task


def reaches_target(expression: str, numbers: Sequence[int], target: int, operators: Iterable[str] = "+-*/") -> bool:
    """Say whether an expression has the target's value, exactly, and uses each number exactly once.

    The value is compared, which the released verifier of SynLogic leaves out.

    >>> reaches_target("8/(3-8/3)", [3, 3, 8, 8], 24), reaches_target("8*3+8-3", [3, 3, 8, 8], 24)
    (True, False)
    """
    try:
        computed = compute(expression)
    except BadArithmetic:
        return False
    return computed.value == target and computed.operators <= set(operators) and uses_each_once(computed, numbers)


def verify_target(answer: str, record: Mapping[str, Any]) -> bool:
    """Check an answer against ``numbers``, ``target`` and ``operators`` of a record."""
    return reaches_target(answer, record["numbers"], record["target"], record.get("operators", "+-*/"))


def countdown_reward(expression: str | None, numbers: Sequence[int], target: int, wrong: float = 0.1) -> float:
    """Give 1 for an expression that reaches the target, ``wrong`` for another one, 0 where there is none.

    >>> countdown_reward("(6-2)*5", [2, 5, 6], 20), countdown_reward("6*5", [2, 5, 6], 20)
    (1.0, 0.1)
    """
    if expression is None:
        return 0.0
    return 1.0 if reaches_target(expression, numbers, target) else wrong


def last_line_answer(text: str) -> str | None:
    """Give the last answer tag's content in the last line of a text, or None.

    The rule of the released Countdown scorers: a tag that opens in an earlier line is not seen.
    """
    line = text.rstrip().rpartition("\n")[2]
    found = find_spans(line, "answer") if "</answer>" in line else []
    return line[slice(*found[-1])].strip() if found else None


@dataclass(frozen=True)
class CountdownReward(CompletionReward):
    """Countdown's graded reward, arXiv:2503.01307: full marks for the target, a little for any answer in its place.

    The study over several domains (arXiv:2507.17512) gives nothing for a wrong one: ``wrong=0``. Reads ``numbers``
    and ``target`` of the record; NaN for a task without them.

    Args:
        wrong: for an answer that is not right.
        last_line: the answer tag must stand in the last line, as in the released scorers; otherwise the last box or
            answer tag after the thought counts.
    """

    wrong: float = 0.1
    last_line: bool = True

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, ``wrong``, 0 or NaN."""
        if "numbers" not in task.record or "target" not in task.record:
            return float("nan")
        answer = last_line_answer(completion.text) if self.last_line else math_answer(completion.text)
        return countdown_reward(answer, task.record["numbers"], task.record["target"], self.wrong)
