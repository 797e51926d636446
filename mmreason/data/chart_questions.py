"""Questions about charts from a data set, with the prompt, gold table and label that Code-as-Thought needs."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from mmreason.data.chart_prompts import PROMPTS, Mode
from mmreason.data.records import BadRecord, read_records, read_text
from mmreason.data.sources import TaskSpec
from mmreason.errors import DataError
from mmreason.parsing.data_frame import data_frame
from mmreason.parsing.tables import Table, table_of
from mmreason.probes.programmability import FIELD
from mmreason.rewards.golds import one_of
from mmreason.types import Task
from vision_data.media import Image
from vision_data.messages import Prompt

logger = logging.getLogger(__name__)
TABLE = "table"


@dataclass(frozen=True)
class ChartQuestions:
    """Tasks of a chart data set, asked as in Code-as-Thought (arXiv:2509.09286).

    The record gets ``table``, the chart's data as column name to cells, from the first of these that there is and that
    can be read: its field ``table`` or ``csv`` (CSV text, ChartX's spelling too), the data frame ``chart_data`` in its
    field ``code`` or in ChartX's ``redrawing`` (read off the syntax tree), and a file in ``tables``. A chart without
    any is kept, without data reward. The label is the record's field ``programmable``, or that of ``labels``.

    Args:
        of: where the tasks come from.
        mode: what is asked for: ``adaptive`` lets the model choose between ``<CODE>`` and ``<DIRECT>``.
        tables: folder of CSV files that are called like the pictures, such as ChartQA's; None for none.
        labels: JSONL or JSON file of records with ``id`` and ``programmable``; None for none.
        max_pixels: most pixels of a picture; None leaves them as they are.

    Raises:
        RecipeError: the mode is none of those there are.
    """

    of: TaskSpec
    mode: Mode = "adaptive"
    tables: str | None = None
    labels: str | None = None
    max_pixels: int | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown mode."""
        one_of(self.mode, get_args(Mode), "ChartQuestions: mode")

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the tasks and bring tables and labels to them.

        Raises:
            DataError: the folder or the file of labels is not there or not readable, or has no label of any task.
        """
        found, bad = self.of.load_tasks(home)
        if self.tables is not None and not Path(self.tables).is_dir():
            raise DataError(f"{self.tables}: no such folder; expected CSV files that are called like the pictures")
        labels = {} if self.labels is None else labels_of(self.labels)
        tasks = [self.asked(task, labels) for task in found]
        if self.labels is not None and not labels.keys() & {task.id for task in tasks}:
            some = f"such as {tasks[0].id!r}" if tasks else "of which there are none"
            raise DataError(f"{self.labels}: none of its {len(labels)} ids is that of a task, {some}")
        without = sum(task.record.get(TABLE) is None for task in tasks)
        if without:
            logger.warning("%d of %d charts have no table that can be read: no data reward there", without, len(tasks))
        return tasks, bad

    def asked(self, task: Task, labels: dict[str, bool]) -> Task:
        """One task in this form."""
        about = {**task.record, TABLE: self.table(task)}
        if task.id in labels:
            about[FIELD] = labels[task.id]
        return replace(task, prompt=self.prompt(task.prompt), record=about)

    def prompt(self, prompt: Prompt) -> Prompt:
        """The prompt with the instructions at its end, and pictures of the size wanted."""
        *before, last = (
            replace(m, content=tuple(
                replace(part, max_pixels=self.max_pixels or part.max_pixels) if isinstance(part, Image) else part
                for part in m.content
            ))
            for m in prompt
        )  # fmt: skip
        return (*before, replace(last, content=(*last.content, f"\n\n{PROMPTS[self.mode]}")))

    def table(self, task: Task) -> Table | None:
        """The chart's data; None where there are none that can be read."""
        record = task.record
        for name in (TABLE, "csv"):
            if made := table_of(record.get(name)):
                return made
        redrawing = record.get("redrawing")
        for code in (record.get("code"), redrawing.get("output") if isinstance(redrawing, dict) else None):
            if isinstance(code, str) and (made := data_frame(code if "```" in code else f"```python\n{code}\n```")):
                return made
        path = self.file_of(task)
        return table_of(read_text(path, "table")) if path is not None and path.is_file() else None

    def file_of(self, task: Task) -> Path | None:
        """The CSV file that is called like the task's picture."""
        pictures = [part for message in task.prompt for part in message.content if isinstance(part, Image)]
        if self.tables is None or not pictures or not isinstance(pictures[0].source, str):
            return None
        return Path(self.tables) / f"{Path(pictures[0].source).stem}.csv"


def labels_of(path: str) -> dict[str, bool]:
    """Read labels by id.

    Raises:
        DataError: a record has no id, or a label that is neither true nor false.
    """
    out: dict[str, bool] = {}
    for record in read_records(path):
        fields: dict[str, Any] = record.fields()
        id, label = fields.get("id"), fields.get(FIELD)
        if not isinstance(id, str | int) or label not in (0, 1):
            raise DataError(
                f"{record.where}: expected an id and {FIELD} true or false, got {json.dumps(fields, default=str)[:80]}"
            )
        out[str(id)] = bool(label)
    return out
