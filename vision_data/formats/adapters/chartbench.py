"""ChartBench (arXiv:2312.15915): statements about charts to accept or refuse, and values to read off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, listing
from vision_data.formats.record import Record
from vision_data.formats.row import Row

ABOUT = {"chart": "chart_type", "image": "chart_subtype", "QA": "scoring"}
ACCEPT = "Is this statement true? Answer yes or no. "


class ChartBench(Format):
    """``{"id", "image", "type": {"chart", "image", "task", "QA"}, "conversation": [{"query", "label"}]}``.

    Each query is a question of its own; with ``QA`` ``Acc+`` it is a statement, asked for a yes or no. The task (CR,
    VE, VC, GC or NQA, the values) is the problem type.
    """

    name: ClassVar[str] = "chartbench"
    title: ClassVar[str] = "ChartBench JSON lines"
    marks: ClassVar[tuple[Mark, ...]] = (
        has("image"),
        listing("conversation", "query", "label"),
        Mark("type with task/QA", lambda row: isinstance(row.get("type"), dict) and {"task", "QA"} <= set(row["type"])),
    )

    def split(self, row: Row) -> Iterable[Row]:
        """One for each query."""
        fields = row.fields()
        asked = fields.get("conversation")
        if not isinstance(asked, list) or not asked or not all(isinstance(one, dict) for one in asked):
            raise MediaError("field 'conversation' is missing, expected a list of objects with query and label")
        about = {name: value for name, value in fields.items() if name != "conversation"}
        for number, one in enumerate(asked):
            yield row.within(f"query {number + 1}" if len(asked) > 1 else "", about | one)

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        kind: Any = fields.get("type")
        if not isinstance(kind, dict):
            raise MediaError("field 'type' is missing, expected an object with chart, image, task and QA")
        question, accept = words(fields, "query"), kind.get("QA") == "Acc+"
        name = f"{fields.get('id', row.number)}-{row.part.rpartition(' ')[2]}" if row.part else fields.get("id")
        return self.record(
            row, folder.asked(ACCEPT + question if accept else question, [fields.get("image")]),
            gold_of(fields.get("label"), expected="text" if accept else "any", space="none"),
            used=("query", "label", "image", "id", "type"), id=name, problem_type=kind.get("task"),
            more={kept: kind.get(key) for key, kept in ABOUT.items()},
        )  # fmt: skip
