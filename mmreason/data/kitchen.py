"""Generated kitchen videos as a data set: drawn into the run's folder, then read as SEED-Bench-R1 files are."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmreason.data.formats import FormatTasks
from mmreason.data.kitchen_thoughts import Teacher
from mmreason.data.records import BadRecord
from mmreason.data.seed_bench_r1 import SHORT, CarePrompts
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError
from mmreason.types import Task
from vision_data.frames import Uniform


@dataclass(frozen=True)
class Kitchens:
    """What to do next in a kitchen: SEED-Bench-R1-like questions (arXiv:2503.24376) on generated videos.

    The training split and the three levels of validation share no episode: L1 has rooms and dishes of training, L2
    unseen rooms, L3 unseen rooms and dishes of four domains. With a ``teacher`` the record has ``demonstrations``:
    texts to learn from.

    Args:
        num: videos to draw, each with one question.
        seed: of the videos and questions.
        split: ``train``, ``L1``, ``L2`` or ``L3``.
        foods: fewest and most foods that a dish needs, within 1 to 3.
        most_frames: frames of the longest video, even, 4 to 256.
        teacher: who writes demonstrations; None writes none.
    """

    num: int
    seed: int = 0
    split: str = "train"
    foods: tuple[int, int] = (1, 2)
    most_frames: int = 16
    teacher: Teacher | None = None

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the videos unless they are there, and read them.

        Raises:
            MediaError: a setting is out of range.
        """
        from vision_data.generators.kitchen import Level, write_dataset

        low, high = self.foods
        name = f"kitchen-{self.split}-{low}{high}-{self.most_frames}-{self.seed}-{self.num}"
        folder = home / "data" / name
        if not (folder / "records.jsonl").is_file():
            level = Level(foods=self.foods, most_frames=self.most_frames)
            write_dataset(folder, self.num, self.seed, level, self.split)
        bench = "training" if self.split == "train" else f"validation_{self.split}"
        tasks, bad = FormatTasks(folder / "annotations" / f"{bench}.jsonl", "seed-bench-r1", folder).load()
        truths = records_of(folder / "records.jsonl")
        return [self.known(task, truths) for task in tasks], bad

    def known(self, task: Task, truths: dict[str, dict[str, Any]]) -> Task:
        """A task with what the generator knows of it, and with demonstrations."""
        truth = truths[task.id]
        kept = {name: truth[name] for name in ("goal", "needs", "state", "plan", "num_done", "room", "domain")}
        record = {**task.record, **kept}
        if self.teacher is not None:
            record["demonstrations"] = self.teacher.texts(task.id, record, task.answer or "")
        return replace(task, record=record)


def records_of(path: Path) -> dict[str, dict[str, Any]]:
    """Read the generator's own records by id.

    Raises:
        DataError: the file is damaged.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {row["id"]: row for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read ({error}); remove its folder and it is drawn again") from None


def asked_briefly(of: tuple[tuple[str, TaskSpec], ...]) -> CarePrompts:
    """Kitchens by level in the form of GRPO-CARE, for a small model: four frames, sizes as drawn, few words."""
    return CarePrompts(of, SHORT, suffix=False, frames=Uniform(4), frame_pixels=None, image_pixels=None)
