"""GQA (arXiv:1902.09506): an object of questions about scenes."""

from __future__ import annotations

from typing import Any, ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class Gqa(Format):
    """``{"02930152": {"question", "imageId", "answer", "fullAnswer", "types", "semantic"}}``; ``images/ID.jpg``."""

    name: ClassVar[str] = "gqa"
    title: ClassVar[str] = "GQA JSON"
    marks: ClassVar[tuple[Mark, ...]] = (text("question"), has("imageId", "answer"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        picture = f"{fields.get('imageId')}.jpg"
        asked = folder.asked(words(fields, "question"), [folder.first(f"images/{picture}", picture)])
        types: Any = fields.get("types")
        return self.record(
            row,
            asked,
            gold_of(fields.get("answer")),
            used=("question", "answer", "id"),
            id=row.key or fields.get("id"),
            problem_type=types.get("semantic") if isinstance(types, dict) else "",
        )
