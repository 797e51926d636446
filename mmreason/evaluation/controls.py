"""Controls: the same questions without the picture, or with their options in another order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError
from mmreason.probes.shuffled_pass import options_named, question_of
from mmreason.seeds import seed_of
from mmreason.types import Task
from vision_data.errors import MediaError
from vision_data.messages import media_of
from vision_data.prompts import rewrite_question, shuffle_options

Control = Literal["text-only", "shuffle-options"]
ORDER = "shuffled_order"
"""Field of a shuffled task's record: for each new position of an option the old one."""


@dataclass(frozen=True)
class First:
    """The first tasks of a data set. Not from a paper."""

    of: TaskSpec
    num: int

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all and keep the first."""
        tasks, bad = self.of.load_tasks(home)
        return tasks[: self.num], bad


@dataclass(frozen=True)
class TextOnly:
    """Tasks without their pictures and videos: what is answered from the words alone. Not from a paper."""

    of: TaskSpec

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read them, and take the media out.

        Raises:
            DataError: no task has a picture or video.
        """
        tasks, bad = self.of.load_tasks(home)
        if not any(media_of(task.prompt) for task in tasks):
            raise DataError("control text-only: no question has a picture or video that could be taken away")
        return [blind(task) for task in tasks if media_of(task.prompt)], bad


def blind(task: Task) -> Task:
    """Take the media out of a prompt; the words stay as they are."""
    seen = tuple(replace(m, content=tuple(part for part in m.content if isinstance(part, str))) for m in task.prompt)
    return replace(task, prompt=tuple(message for message in seen if message.content))


@dataclass(frozen=True)
class ShuffledOptions:
    """Tasks with their options in another order, so that the right letters change; others are left out.

    The order is drawn by ``seed`` and the task's id, as ACRE (arXiv:2510.10104) shuffles: see ``OptionShuffle``.
    """

    of: TaskSpec
    seed: int = 0

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read them, and shuffle what can be shuffled.

        Raises:
            DataError: no task has options that can be.
        """
        tasks, bad = self.of.load_tasks(home)
        made = [shuffled for task in tasks if (shuffled := turned(task, self.seed)) is not None]
        if not made:
            raise DataError(
                f"control shuffle-options: none of {len(tasks)} questions has options that can be shuffled; expected "
                "'options' in the record and lines such as 'A. text' in the prompt"
            )
        return made, bad


def turned(task: Task, seed: int) -> Task | None:
    """Shuffle the options of a task; None where they cannot be."""
    question = question_of(task)
    if question is None:
        return None
    try:
        change = shuffle_options(question, seed_of(seed, "control", task.id))
        prompt = rewrite_question(task.prompt, change)
    except MediaError:
        return None
    record = {**task.record, **change.question.as_record(), ORDER: list(change.order)}
    return replace(task, prompt=prompt, answer=change.question.answer, record=record)


def choices(task: Task, text: str) -> tuple[int, ...] | None:
    """Give the options that an answer names, by their places before any shuffle; None for a task without options.

    Nothing for an answer that cannot be read.
    """
    options = task.record.get("options")
    if not isinstance(options, list | tuple) or not options:
        return None
    named = options_named(text, tuple(map(str, options)))
    order = task.record.get(ORDER)
    return tuple(sorted(order[place] for place in named)) if order else named


def controlled(tasks: TaskSpec, control: Control | None, seed: int) -> TaskSpec:
    """Tasks under a control, or as they are."""
    if control == "text-only":
        return TextOnly(tasks)
    return ShuffledOptions(tasks, seed) if control == "shuffle-options" else tasks
