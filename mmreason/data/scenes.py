"""Generated scenes as a data set: drawn into the run's folder, asked as GRIT asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from mmreason.data.records import BadRecord
from mmreason.data.scene_cells import SPLITS, Cells
from mmreason.errors import DataError
from mmreason.rewards.golds import one_of
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import user

SHORT = "Give boxes in <think>, then <rethink>, <answer>."
"""GRIT's form of the answer in few words, for a small model."""
Level = Literal["cells", "rooms"]


class SceneTeacher(Protocol):
    """Frozen dataclass that writes demonstrations; ``ChainTeacher`` writes GRIT's chains."""

    def texts(self, id: str, record: Mapping[str, Any], answer: str) -> list[str]:
        """Give the demonstrations of a task."""
        ...


@dataclass(frozen=True)
class Scenes:
    """How many there are and what stands where, on generated pictures with the box of everything. Not from a paper.

    The questions are those of GRIT (arXiv:2505.15879), as in TallyQA and VSR. Training and test share no layout. The
    record has ``objects`` (each with kind, colour and box in pixels), ``boxes`` (of what the question is about),
    ``count`` (None where nothing is counted), ``size`` (width and height), ``type``, ``dataset``, ``question``,
    ``split``, and with a ``teacher`` ``demonstrations``: texts to learn from.

    Args:
        num: pictures to draw, each with one question.
        seed: of the pictures and questions.
        split: ``train`` or ``test``.
        level: ``cells`` has one thing in the middle of each cell of 28 pixels, for small models; ``rooms`` has rooms,
            kitchens, streets and parks with things of many kinds.
        size: side of a picture in pixels: a multiple of 28 for cells, 168 to 896 for rooms.
        things: fewest and most things in a picture.
        counts: fewest and most things that are counted, for cells; the numbers between come equally often.
        types: of questions: ``counting`` and ``relation``; rooms also have ``what``, ``where``, ``colour``, ``exists``,
            ``more`` and ``neighbour``.
        suffix: what stands after the question.
        teacher: who writes demonstrations; None writes none.
    """

    num: int
    seed: int = 0
    split: str = "train"
    level: Level = "cells"
    size: int = 112
    things: tuple[int, int] = (3, 6)
    counts: tuple[int, int] = (1, 3)
    types: tuple[str, ...] = ("counting",)
    suffix: str = SHORT
    teacher: SceneTeacher | None = None

    def __post_init__(self) -> None:
        """Refuse a level or a split that there is not, and cells that could not be drawn."""
        one_of(self.level, get_args(Level), "Scenes: level")
        one_of(self.split, SPLITS, "Scenes: split")
        if self.level == "cells":
            self.cells()

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the pictures unless they are there, and read them.

        Raises:
            MediaError: a setting is out of range.
            DataError: the folder is damaged.
        """
        folder = self.folder(home)
        if not (folder / "records.jsonl").is_file():
            self.draw(folder)
        return [self.task(row, folder) for row in rows_of(folder / "records.jsonl")], []

    def cells(self) -> Cells:
        """The cells to draw."""
        return Cells(self.size, self.things, self.counts, self.types)

    def folder(self, home: Path) -> Path:
        """Where the pictures are: one folder for all that ask for the same ones."""
        spans = "-".join(map(str, (*self.things, *(self.counts if self.level == "cells" else ()))))
        kinds = "-".join(kind[:4] for kind in self.types)
        name = f"scenes-{self.level}-{self.split}-{kinds}-{self.size}-{spans}-{self.seed}-{self.num}"
        return home / "data" / name

    def draw(self, folder: Path) -> None:
        """Write pictures and records."""
        if self.level == "cells":
            self.cells().write(folder, self.num, self.seed, self.split)
            return
        from vision_data.generators.scenes import write_dataset

        about = {"size": self.size, "num_objects": self.things, "split": self.split, "types": self.types}
        write_dataset(folder, self.num, self.seed, per_scene=1, **about)  # type: ignore[arg-type]

    def task(self, row: dict[str, Any], folder: Path) -> Task:
        """One question below its picture."""
        count = int(row["answer"]) if row["type"] == "counting" else None
        known = {"count": count, "size": [row["width"], row["height"]], "box_space": "original"}
        record = {name: value for name, value in row.items() if name not in ("id", "image", "answer")} | known
        asked = f"{row['question']} {self.suffix}".rstrip()
        task = Task(
            id=row["id"],
            prompt=(user(Image(str(folder / row["image"])), f"\n{asked}"),),
            answer=row["answer"],
            record=record,
        )
        if self.teacher is None:
            return task
        texts = self.teacher.texts(task.id, record, task.answer or "")
        return replace(task, record={**record, "demonstrations": texts})


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Read the records.

    Raises:
        DataError: the file is damaged.
    """
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove its folder and it is drawn again") from None
