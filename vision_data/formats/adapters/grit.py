"""GRIT's JSONL (arXiv:2505.15879): VSR, TallyQA and GQA questions with the boxes that matter."""

from __future__ import annotations

from typing import ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, whole, words
from vision_data.formats.boxes import boxes_of
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class Grit(Format):
    """``{"question", "answer", "image", "width", "height", "bboxs", "dataset", "split"}``.

    The boxes are pixels of a picture of ``width`` by ``height``; ``bboxs_space`` says so in the record.
    """

    name: ClassVar[str] = "grit"
    title: ClassVar[str] = "GRIT JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("question"),
        has("image", "width", "height"),
        Mark("bboxs (list)", lambda row: isinstance(row.get("bboxs"), list), weight=2),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        size = whole(fields, "width"), whole(fields, "height")
        boxes = fields.get("bboxs")
        if boxes:
            boxes_of(boxes, "original", size)
        gold = gold_of(fields.get("answer"), expected="number" if fields.get("dataset") == "tallyqa" else "any",
                       space="original", size=size)  # fmt: skip
        asked = folder.asked(words(fields, "question"), [fields.get("image")])
        return self.record(
            row, asked, gold, used=("question", "answer", "image", "id"), id=fields.get("id"),
            problem_type=fields.get("dataset"), more={"bboxs_space": "original"},
        )  # fmt: skip
