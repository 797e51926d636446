"""TallyQA (arXiv:1810.12440): how many there are."""

from __future__ import annotations

from typing import ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class TallyQa(Format):
    """A list of ``{"image": "VG_100K/1.jpg", "question", "question_id", "answer": 2, "issimple", "data_source"}``."""

    name: ClassVar[str] = "tallyqa"
    title: ClassVar[str] = "TallyQA JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("question"),
        has("image", "question_id"),
        Mark("issimple or data_source", lambda row: "issimple" in row or "data_source" in row),
        Mark("answer (whole number)", lambda row: isinstance(row.get("answer"), int)),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        simple = fields.get("issimple")
        return self.record(
            row,
            folder.asked(words(fields, "question"), [fields.get("image")]),
            gold_of(fields.get("answer"), expected="number"),
            used=("question", "answer", "image", "question_id", "id"),
            id=fields.get("question_id"),
            problem_type="" if simple is None else "simple" if simple else "complex",
        )
