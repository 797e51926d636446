"""Questions with pictures as GRIT asks them, and a few items drawn so that answers come evenly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, get_args

from mmreason.data.records import BadRecord
from mmreason.data.seed_bench_r1 import joined
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.golds import one_of
from mmreason.rewards.grit.box_count import gold_count
from mmreason.rewards.grit.chain import is_counting
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import Part, Prompt

Wording = Literal["json", "box"]
SUFFIXES: dict[Wording, str] = {
    "json": (
        "First think between <think> and </think>, and write there, as JSON with the key 'bbox_2d' and in whole "
        "numbers, the coordinates that the answer needs. Then go over thought and coordinates between <rethink> and "
        "</rethink>, and give the answer after <answer>."
    ),
    "box": (
        "First think between <think> and </think>, and write there, between <box> and </box> and in whole numbers from "
        "0 to 1000, the coordinates that the answer needs. Then go over thought and coordinates between <rethink> and "
        "</rethink>, and give the answer after <answer>."
    ),
}
"""How boxes are asked for: pixels as Qwen2.5-VL writes them, or thousandths as InternVL does."""


@dataclass(frozen=True)
class GroundedPrompts:
    """Tasks of other specs as GRIT asks them, arXiv:2505.15879: picture, question, and the form of a grounded chain.

    The record gets ``dataset`` (vsr, tallyqa, gqa, or the name of another format) where it has none, so that rewards
    know what is counted. With ``num`` a few items are drawn: from each data set as many, and of its answers each as
    often, as far as there are so many.

    Args:
        of: what to read; with several, ids get the number of their spec.
        wording: how boxes are asked for: ``json`` or ``box``.
        num: items to draw in all; None keeps everything.
        most: counting questions with larger answers are not drawn.
        seed: of the draw.
        max_pixels: most pixels of a picture; None leaves it to the spec.
    """

    of: tuple[TaskSpec, ...]
    wording: Wording = "json"
    num: int | None = None
    most: int = 4
    seed: int = 42
    max_pixels: int | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be drawn or asked."""
        one_of(self.wording, get_args(Wording), "GroundedPrompts: wording")
        if not self.of or (self.num is not None and self.num < 1):
            raise RecipeError(f"GroundedPrompts needs data, and num >= 1 or None, got {self.of} and {self.num}")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all specs, and draw from them.

        Raises:
            DataError: there are fewer items than are to be drawn.
        """
        tasks: list[Task] = []
        bad: list[BadRecord] = []
        for number, spec in enumerate(self.of):
            found, wrong = spec.load_tasks(home)
            before = f"{number}-" if len(self.of) > 1 else ""
            tasks += [self.asked(task, before) for task in found]
            bad += wrong
        return (tasks if self.num is None else few(tasks, self.num, self.most, self.seed)), bad

    def asked(self, task: Task, before: str) -> Task:
        """One task in the form of the paper."""
        told: Any = task.record.get("source")
        format = told.get("format") if isinstance(told, dict) else None
        record = {**task.record, "dataset": task.record.get("dataset") or format or ""}
        return replace(task, id=f"{before}{task.id}", record=record, prompt=self.prompt(task.prompt))

    def prompt(self, prompt: Prompt) -> Prompt:
        """The prompt with "Question:" before its last text, and with what is asked for at its end."""
        seen = [replace(m, content=tuple(self.shown(part) for part in m.content)) for m in prompt]
        *before, last = seen[-1].content or ("",)
        question = f"\nQuestion: {last.strip()}" if isinstance(last, str) else last
        content = joined((*before, question), f" {SUFFIXES[self.wording]}")
        return (*seen[:-1], replace(seen[-1], content=content))

    def shown(self, part: Part) -> Part:
        """A picture under the budget given."""
        return replace(part, max_pixels=self.max_pixels or part.max_pixels) if isinstance(part, Image) else part


def few(tasks: Sequence[Task], num: int, most: int = 4, seed: int = 42) -> list[Task]:
    """Draw ``num`` tasks: data sets take turns, and within one its answers do.

    Raises:
        DataError: there are not so many.
    """
    rng = random.Random(seed)
    answers: dict[str, dict[str, list[Task]]] = {}
    for task in tasks:
        if is_counting(task) and (gold_count(task) is None or (gold_count(task) or 0) > most):
            continue
        of_set = answers.setdefault(str(task.record.get("dataset")), {})
        of_set.setdefault((task.answer or "").strip().casefold(), []).append(task)
    turns = []
    for of_set in answers.values():
        for same in of_set.values():
            rng.shuffle(same)
        turns.append(interleaved([of_set[answer] for answer in sorted(of_set)]))
    drawn = interleaved(turns)
    if len(drawn) < num:
        raise DataError(
            f"{num} items are to be drawn from {len(tasks)}, of which {len(drawn)} can be (counts up to {most}); give "
            "more data, or draw fewer"
        )
    return drawn[:num]


def interleaved(rows: Sequence[Sequence[Task]]) -> list[Task]:
    """Take the first of each row, then the second, and so on."""
    return [task for turn in zip_longest(*rows) for task in turn if task is not None]
