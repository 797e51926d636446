"""Asking for the thought that leads to a known answer: TON's reverse thinking, as a prompt and as lessons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.types import Task
from vision_data.messages import Prompt

WHY = (
    "The right answer is {answer}. Write the short thought that leads to it from what is seen and asked: what to look "
    "at, and what follows. Do not state the answer itself, and write nothing but the thought."
)
SHORT_WHY = "It is {answer}. Why?"
"""The same in few words, for a small model."""


def reverse_prompt(task: Task, ask: str = WHY, drop: str = "") -> Prompt:
    """Give the task's prompt with its gold answer, asking for the thought alone.

    Args:
        task: with a gold answer.
        ask: what is added, with ``{answer}`` where the answer goes.
        drop: a text that is taken out, such as the one that asks for an answer in tags.

    Raises:
        DataError: the task has no answer to explain.
    """
    if not (task.answer or "").strip():
        raise DataError(f"{task.where or f'task {task.id!r}'}: reverse thinking needs the gold answer, it has none")
    wanted = ask.replace("{answer}", task.answer or "")
    messages = []
    for message in task.prompt:
        parts = [part.replace(drop, "") if isinstance(part, str) and drop else part for part in message.content]
        messages.append(replace(message, content=tuple(part for part in parts if part != "")))
    last = messages[-1]
    *before, end = last.content or ("",)
    asked = (*before, f"{end.rstrip()}\n{wanted}") if isinstance(end, str) else (*last.content, f"\n{wanted}")
    return (*messages[:-1], replace(last, content=asked))


@dataclass(frozen=True)
class Reversed:
    """Tasks of another spec turned around: the answer is given, the thought is wanted (TON, arXiv:2505.16854).

    The thoughts of the record's ``demonstrations`` become the demonstrations, without tags and answer: lessons for a
    model that is to explain answers. Tasks without demonstrations have none here either.

    Args:
        of: where the tasks come from.
        ask: see ``reverse_prompt``.
        drop: see ``reverse_prompt``.
    """

    of: TaskSpec
    ask: str = WHY
    drop: str = ""

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the spec and turn its tasks around."""
        tasks, bad = self.of.load_tasks(home)
        return [self.turned(task) for task in tasks], bad

    def turned(self, task: Task) -> Task:
        """One task with the other question."""
        record = dict(task.record)
        if "demonstrations" in record:
            record["demonstrations"] = [parse_think_answer(text).think or "" for text in record["demonstrations"]]
        return replace(task, id=f"why-{task.id}", prompt=reverse_prompt(task, self.ask, self.drop), record=record)
