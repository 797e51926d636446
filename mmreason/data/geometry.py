"""Generated geometry figures as a data set: drawn into the run's folder, asked as TON asks GeoQA, without options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.data.geometry_thoughts import StepsTeacher, plain
from mmreason.data.kitchen import records_of
from mmreason.data.records import BadRecord
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import user

SHORT = "Think in <think>, then a number in <answer>."
DRAWN = 168
"""Side of the smallest picture in which all labels find room."""


@dataclass(frozen=True)
class GeometryFigures:
    """Find an angle or a length: GeoQA's form (arXiv:2105.14517) as TON has it (arXiv:2505.16854), without options.

    Numbers stand in the text, so that a model need not read small print; the options are kept as ``choices``. No kind
    of problem has the same numbers in both splits. With a ``teacher`` the record has ``demonstrations``.

    Args:
        num: problems to draw.
        seed: of the problems.
        split: ``train`` or ``test``.
        families: of triangles, parallels, circles, right_triangles, polygons and areas, taken in turn.
        steps: fewest and most deductions, within 1 to 3.
        max_pixels: most pixels of a figure; None shows it as drawn, 168 by 168.
        suffix: what stands after the question.
        teacher: who writes demonstrations; None writes none.
    """

    num: int
    seed: int = 0
    split: str = "train"
    families: tuple[str, ...] = ("parallels", "circles")
    steps: tuple[int, int] = (1, 1)
    max_pixels: int | None = 112 * 112
    suffix: str = SHORT
    teacher: StepsTeacher | None = None

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the figures unless they are there, and read the problems.

        Raises:
            MediaError: a setting is unknown or out of range.
            DataError: the folder is damaged.
        """
        from vision_data.generators.geometry import write_dataset

        low, high = self.steps
        name = f"geometry-{self.split}-{'-'.join(self.families)}-{low}{high}-{self.seed}-{self.num}"
        folder = home / "data" / name
        if not (folder / "records.jsonl").is_file():
            write_dataset(
                folder, self.num, self.seed, self.split, self.families, self.steps, DRAWN, "text", boxed=False
            )
        return [self.task(row, folder) for row in records_of(folder / "records.jsonl").values()], []

    def task(self, row: dict[str, Any], folder: Path) -> Task:
        """One problem below its figure."""
        asked = plain(row["question"]).removeprefix("In the figure, ").split(". Give ")[0]
        kept = ("type", "family", "template", "num_steps", "steps", "value", "tolerance", "unit")
        record = {name: row[name] for name in kept} | {"choices": row["options"]}
        if self.teacher is not None:
            record["demonstrations"] = self.teacher.texts(row["id"], record)
        picture = Image(str(folder / row["image"]), max_pixels=self.max_pixels)
        prompt = (user(picture, f"\n{asked[:1].upper()}{asked[1:]}. {self.suffix}"),)
        return Task(id=row["id"], prompt=prompt, answer=str(row["value"]), record=record)
