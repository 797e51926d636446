"""Generated charts as a data set: drawn into the run's folder, each with its table, one question and the label."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from mmreason.data.chart_prompts import BRIEF, Mode
from mmreason.data.chart_thoughts import TAUGHT, ChartTeacher
from mmreason.data.records import BadRecord
from mmreason.errors import DataError
from mmreason.rewards.golds import one_of
from mmreason.seeds import seed_of
from mmreason.types import Task
from vision_data.generators.charts.spec import LEVELS, Level
from vision_data.generators.folder import whole_folder
from vision_data.media import Image
from vision_data.messages import user

SMALL = Level("small", (112, 112), 14, (2, 3), (2, 2), (3, 4), 10, 5, (1,), lettered=True, slot=28)
"""Two or three bars with values from 1 to 10, a letter below each, in one of the 16 tokens of a Qwen2.5-VL."""
SIZES = {"small": SMALL, **LEVELS}
TRIES = 40
"""Charts drawn until one can be asked what is wanted."""


@dataclass(frozen=True)
class Charts:
    r"""One question on each generated chart, with the chart's table and a programmability label, arXiv:2509.09286.

    Questions that a table of the numbers answers alternate with those it does not: about colours, a third of them asked
    of charts that can be read, and about charts whose axis has no numbers. The prompt asks for ``<CODE>`` or
    ``<DIRECT>`` first and for the answer in a box. Train and test share no table.

    The record has ``question``, ``type``, ``programmable``, ``table`` (column to cells), ``tolerance`` (how far off a
    number may be) and ``kind``; with a ``teacher`` also ``demonstrations``: texts to learn from.

    Args:
        num: charts to draw.
        seed: of the charts and questions.
        split: ``train`` or ``test``.
        size: ``small``, or a level of the generator: ``tiny``, ``easy``, ``middle``, ``hard``.
        kinds: kinds of chart, taken in turn.
        types: types of questions; a teacher knows those of ``TAUGHT``.
        styles: looks to draw from.
        printed: whether values stand in the chart as text; None draws it.
        mode: what is asked for: ``adaptive``, ``code`` or ``direct``; the teacher answers so.
        teacher: who writes demonstrations; None writes none.

    Raises:
        RecipeError: size or mode is unknown.
    """

    num: int
    seed: int = 0
    split: str = "train"
    size: str = "small"
    kinds: tuple[str, ...] = ("bar",)
    types: tuple[str, ...] = TAUGHT
    styles: tuple[str, ...] = ("plain",)
    printed: bool | None = False
    mode: Mode = "adaptive"
    teacher: ChartTeacher | None = None

    def __post_init__(self) -> None:
        """Refuse a size or a mode that there is not."""
        one_of(self.size, tuple(SIZES), "Charts: size")
        one_of(self.mode, get_args(Mode), "Charts: mode")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Draw the charts unless they are there, and read them.

        Raises:
            MediaError: a setting is out of range.
            DataError: a question is wanted that these charts cannot be asked, or the folder is damaged.
        """
        mix = seed_of(self.kinds, self.types, self.styles, self.printed) % 10**8
        folder = home / "data" / f"charts-{self.size}-{self.split}-{self.seed}-{self.num}-{mix:08d}"
        if not (folder / "records.jsonl").is_file():
            self.write(folder)
        path = folder / "records.jsonl"
        try:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            return [self.task(folder, row) for row in rows], []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: cannot be read ({error}); remove its folder and it is drawn again") from None

    def write(self, folder: Path) -> None:
        """Draw ``images/*.png`` and write ``records.jsonl``; the folder appears whole or not at all."""
        from vision_data.generators.charts import render

        with whole_folder(folder) as out:
            (out / "images").mkdir()
            with (out / "records.jsonl").open("w", encoding="utf-8") as file:
                for index in range(self.num):
                    chart, record = self.asked(index)
                    record["image"] = f"images/{index:05d}.png"
                    render(chart).save(out / record["image"])
                    file.write(json.dumps(record) + "\n")

    def asked(self, index: int) -> tuple[Any, dict[str, Any]]:
        """Chart number ``index``, which depends on the settings and the index alone, and what is asked of it."""
        from vision_data.generators.charts import make_chart, questions

        label = index % 2 == 0
        readable = label or (index // 2) % 3 == 0
        for attempt in range(TRIES):
            seed = seed_of("charts", self.seed, self.split, index, attempt)
            kind, style = self.kinds[index % len(self.kinds)], self.styles[seed % len(self.styles)]
            chart = make_chart(seed, SIZES[self.size], self.split, kind, style, self.printed, readable)
            found = [row for row in questions(chart, seed, self.types) if row["programmable"] == label]
            if found:
                id = f"{self.split}-{kind}-{self.size}-{self.seed}-{index:05d}"
                return chart, {**found[seed // 7 % len(found)], "id": id, "chart_seed": seed}
        raise DataError(
            f"Charts: no question of types {', '.join(self.types)} on {', '.join(self.kinds)} has the label "
            f"{'programmable' if label else 'not programmable'}; give both kinds, such as lookup and appearance"
        )

    def task(self, folder: Path, row: dict[str, Any]) -> Task:
        """One question below its chart."""
        kept = {name: row[name] for name in ("question", "type", "programmable", "table", "tolerance", "kind")}
        if self.teacher is not None:
            kept["demonstrations"] = self.teacher.texts(row["id"], row, self.mode)
        prompt = (user(Image(str(folder / row["image"])), f"\n{row['question']} {BRIEF[self.mode]}"),)
        return Task(id=row["id"], prompt=prompt, answer=str(row["answer"]), record=kept)
