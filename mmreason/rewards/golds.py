"""What verifiers compare with: the gold answer of a task, and others that are as right."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.base import CompletionReward
from mmreason.types import Completion, Task

NAN = float("nan")
Extract = Callable[[str], str | None]
"""Completion text to answer, None where there is none. A module-level function, as keys are compared."""


class AgainstGold(CompletionReward):
    """Compares a text with each answer that counts as right, and takes the best.

    These are the task's gold answer and the list ``answers`` of its record, where it has one. NaN for a task without a
    gold answer, and where no gold answer is of the kind that is compared here.
    """

    @abstractmethod
    def compare(self, text: str, gold: str, task: Task) -> float:
        """Rate a completion's text against one gold answer; NaN where that is not of this kind."""

    def rate(self, task: Task, completion: Completion) -> float:
        """Give the best value over the gold answers."""
        return best(self.compare(completion.text, gold, task) for gold in golds_of(task))


def golds_of(task: Task) -> tuple[str, ...]:
    """Give the gold answer and those of the record's list ``answers``, each once; nothing where there is none.

    Raises:
        DataError: ``answers`` is no list of texts.
    """
    others = texts_of(task, "answers")
    return tuple(dict.fromkeys((*(() if task.answer is None else (task.answer,)), *others)))


def texts_of(task: Task, name: str) -> tuple[str, ...]:
    """Read a list of texts from the record; nothing where the field is missing or null.

    Raises:
        DataError: it is something else.
    """
    value = task.record.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise DataError(f"{place(task)}: {name} is {str(value)[:60]!r}, expected a list of texts")
    return tuple(value)


def best(values: Iterable[float]) -> float:
    """Give the largest that was measured, NaN where none was."""
    return max((value for value in values if not math.isnan(value)), default=NAN)


def place(task: Task) -> str:
    """Name a task in errors."""
    return task.where or f"task {task.id!r}"


def one_of(value: Any, known: Sequence[Any], what: str) -> None:
    """Refuse a setting that is none of those there are.

    Raises:
        RecipeError: naming those there are.
    """
    if value not in known:
        raise RecipeError(f"{what} is {value!r}, expected one of {', '.join(map(repr, known))}")
