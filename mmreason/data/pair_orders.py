"""The same pair of pictures in both orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mmreason.data.records import BadRecord
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError
from mmreason.parsing.decision import decision_text, read_decision
from mmreason.rewards.golds import place
from mmreason.types import Task
from vision_data.messages import Prompt, media_of

SIDES = ("objects", "blur", "noise")
"""What a record knows of each picture, as ``objects_1`` and ``objects_2``."""
LISTS = ("images", "ranks", "pictures", "anchors")
"""What it knows of both, as a list of two."""


def exchanged(prompt: Prompt) -> Prompt:
    """The prompt with its two media in each other's place; the words stay where they are.

    Raises:
        DataError: it has not two.
    """
    media = media_of(prompt)
    if len(media) != 2:
        raise DataError(f"expected a prompt with two pictures, got {len(media)} media")
    other = iter(reversed(media))
    return tuple(
        replace(m, content=tuple(part if isinstance(part, str) else next(other) for part in m.content)) for m in prompt
    )


def turned(task: Task) -> Task:
    """The task with its pictures in the other order, the decision that is right then, and an id of its own."""
    better = read_decision(task.answer or "")
    if better is None:
        raise DataError(f"{place(task)}: the answer is {task.answer!r}, expected a decision such as {decision_text(1)}")
    record = {**task.record, "preference": 3 - better}
    record.pop("demonstrations", None)
    record |= {name: record[name][::-1] for name in LISTS if isinstance(record.get(name), list)}
    for name in SIDES:
        if f"{name}_1" in record:
            record[f"{name}_1"], record[f"{name}_2"] = record[f"{name}_2"], record[f"{name}_1"]
    about = {"pair": task.id, "turned": True}
    return replace(
        task,
        id=f"{task.id}-turned",
        prompt=exchanged(task.prompt),
        answer=decision_text(3 - better),
        record=record | about,
    )


@dataclass(frozen=True)
class BothOrders:
    """Every pair in both orders, one after the other: for scores without a bias of position.

    The record gets ``pair``, the id of the pair, and ``turned``. Averaging over both orders is advice of this project
    on top of arXiv:2506.22832.

    Args:
        of: pairs with a decision as the answer, such as ``PairQuestions`` or ``RenderedPairs``.
    """

    of: TaskSpec

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the spec, and each pair twice."""
        found, bad = self.of.load_tasks(home)
        given = [replace(task, record={**task.record, "pair": task.id, "turned": False}) for task in found]
        return [one for task in given for one in (task, turned(task))], bad
