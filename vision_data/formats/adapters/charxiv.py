"""CharXiv (arXiv:2406.18521): questions about charts of scientific papers that need reasoning."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark
from vision_data.formats.record import Record
from vision_data.formats.row import Row

_TABLE, _FILE = ("reasoning_q", "reasoning_a"), ("query", "answer", "figure_id", "inst_category")
KINDS = {"1": "text in the chart", "2": "text in general", "3": "number in the chart", "4": "number in general"}


class CharXiv(Format):
    """``{"figure_id": 3, "query", "answer", "inst_category": 1, "qa_source"}`` by name; or the hub's table.

    Pictures of a file are ``images/ID.jpg`` under the root. The table has ``image`` or ``figure_path``, ``reasoning_q``
    and ``reasoning_a``. Descriptive questions are numbers of templates and are not read.
    """

    name: ClassVar[str] = "charxiv"
    title: ClassVar[str] = "CharXiv reasoning questions"
    marks: ClassVar[tuple[Mark, ...]] = (
        Mark(
            "reasoning_q and reasoning_a, or query, answer, figure_id and inst_category",
            lambda row: all(row.get(n) not in (None, "") for n in _TABLE) or all(row.get(n) is not None for n in _FILE),
            weight=4,
        ),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        of_table = fields.get("reasoning_q") is not None
        question, answer = _TABLE if of_table else _FILE[:2]
        kind = str(fields.get("reasoning_a_type" if of_table else "inst_category"))
        picture = fields.get("image")
        if picture is None and of_table:
            picture = words(fields, "figure_path")
        elif picture is None:
            if not isinstance(fields.get("figure_id"), int | str):
                raise MediaError("field 'figure_id' is missing, expected a number")
            picture = f"images/{fields['figure_id']}.jpg"
        return self.record(
            row, folder.asked(words(fields, question), [picture]), gold_of(fields.get(answer), space="none"),
            used=(question, answer, "image", "id"), id=fields.get("figure_id"), problem_type=KINDS.get(kind, kind),
        )  # fmt: skip
