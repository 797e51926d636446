"""ChartX (arXiv:2402.12185): charts with their table and the code that draws them."""

from __future__ import annotations

from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class ChartX(Format):
    """``{"chart_type", "imgname", "img": "./bar_chart/png/1.png", "csv", "QA": {"input", "output"}, "redrawing"}``.

    The question is that of ``QA``; table, description, summary and drawing code stay in the record.
    """

    name: ClassVar[str] = "chartx"
    title: ClassVar[str] = "ChartX JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("chart_type", "img"),
        Mark(
            "QA with input/output",
            lambda row: isinstance(row.get("QA"), dict) and {"input", "output"} <= row["QA"].keys(),
            weight=2,
        ),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        pair: Any = fields.get("QA")
        if not isinstance(pair, dict):
            raise MediaError("field 'QA' is missing, expected an object with input and output")
        return self.record(
            row,
            folder.asked(words(pair, "input"), [words(fields, "img")]),
            gold_of(pair.get("output"), space="none"),
            used=("QA", "chart_type", "id"),
            id=fields.get("imgname"),
            problem_type=fields.get("chart_type"),
        )
