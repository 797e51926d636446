"""Generated phone screens as a data set: drawn into the run's folder, asked for the next action as TON asks AITZ."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.data.gui_thoughts import ActionTeacher, Screen, literal
from mmreason.data.kitchen import records_of
from mmreason.data.records import BadRecord
from mmreason.errors import DataError
from mmreason.rewards.golds import one_of
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import user

SPLITS = ("train", "test")
SHORT = "Think in <think>, then act in <action>."
SHOWN = 22_500
"""Pixels that leave 4 by 7 cells of a screen of 7 by 12."""


@dataclass(frozen=True)
class PhoneScreens:
    """What to do next on a phone, step by step: the form of AITZ (arXiv:2403.02713) in TON (arXiv:2505.16854).

    The answer is a dict with ``action``, ``value`` and ``position`` (shares of the screen). Every pair of a task and a
    screen belongs to one split, so an episode gives steps to both. The default goals can be reached by what a page
    looks like: a model need not read names on the screen. With a ``teacher`` the record has ``demonstrations``.

    Args:
        num: episodes to draw, of three to nine steps, of which half are in the split.
        seed: of the episodes.
        split: ``train`` or ``test``.
        apps: whose screens: those of ``train``, or others whose names and signs no ``train`` screen shows (``test``).
        goals: of add, search, open, delete and switch; the last three ask to read a list.
        detours: how often an episode begins elsewhere, or is interrupted by a dialog.
        entries: fewest and most entries of a list, within 3 to 14.
        past: so many of the last actions are named in the prompt.
        max_pixels: most pixels of a screen; None shows it as drawn, 196 by 336.
        suffix: what stands after the question.
        teacher: who writes demonstrations; None writes none.

    Raises:
        RecipeError: a split is unknown.
    """

    num: int
    seed: int = 0
    split: str = "train"
    apps: str = "train"
    goals: tuple[str, ...] = ("add", "search")
    detours: float = 0.3
    entries: tuple[int, int] = (5, 8)
    past: int = 3
    max_pixels: int | None = SHOWN
    suffix: str = SHORT
    teacher: ActionTeacher | None = None

    def __post_init__(self) -> None:
        """Refuse what is no split."""
        one_of(self.split, SPLITS, "PhoneScreens: split")
        one_of(self.apps, SPLITS, "PhoneScreens: apps")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the episodes unless they are there, and read the steps of the split.

        Raises:
            MediaError: a setting is out of range.
            DataError: the folder is damaged, or no step is in the split.
        """
        from vision_data.generators.gui import write_dataset

        low, high = self.entries
        name = f"gui-{self.apps}-{'-'.join(self.goals)}-{low}-{high}-{self.detours}-{self.seed}-{self.num}"
        folder = home / "data" / name
        if not (folder / "records.jsonl").is_file():
            settings = (self.entries, self.detours, self.goals)
            write_dataset(folder, self.num, self.seed, 1, self.apps, *settings, terse=True)
        rows = records_of(folder / "records.jsonl").values()
        tasks = [self.task(row, folder) for row in rows if SPLITS[side_of(row)] == self.split]
        if not tasks:
            raise DataError(f"{folder}: none of its {len(rows)} steps is in the split {self.split}; draw more episodes")
        return tasks, []

    def task(self, row: dict[str, Any], folder: Path) -> Task:
        """One step below its screen."""
        done = [str(_name(action)) for action in row["history"]][-self.past :] if self.past else []
        asked = f"\nTask: {row['task']}\nDone: {', '.join(done) or 'nothing'}\n{self.suffix}"
        kept = ("type", "task", "screen", "app", "episode_id", "step_id", "widgets", "target", "width", "height")
        record = {name: row[name] for name in kept}
        if row["target_box"] is not None:
            record |= {"boxes": [row["target_box"]], "box_space": "original"}
        action: Screen = {"action": row["action"], "value": row["value"], "position": row["position"]}
        if self.teacher is not None:
            record["demonstrations"] = self.teacher.texts(row["id"], {**record, **action})
        picture = Image(str(folder / row["image"]), max_pixels=self.max_pixels)
        return Task(id=row["id"], prompt=(user(picture, asked),), answer=literal(action), record=record)


def side_of(row: dict[str, Any]) -> int:
    """The split, 0 or 1, of a task on a screen, by their checksum."""
    seen = [(widget["kind"], widget["text"], widget["box"], widget["state"]) for widget in row["widgets"]]
    return zlib.crc32(repr((row["task"], seen)).encode()) % len(SPLITS)


def _name(action: str) -> str:
    """The name in an action that the generator wrote as a dict."""
    return action.split("'action': '")[-1].split("'")[0]
