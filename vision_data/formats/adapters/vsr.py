"""VSR (arXiv:2205.00363): is a statement about where things are true of the picture?"""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, whole, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class Vsr(Format):
    """``{"image": "000000050403.jpg", "caption", "label": 0 or 1, "relation", ...}``; the answer is yes or no."""

    name: ClassVar[str] = "vsr"
    title: ClassVar[str] = "VSR JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("caption", "relation"),
        has("image"),
        Mark("label 0 or 1", lambda row: row.get("label") in (0, 1, "0", "1")),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        label = whole(fields, "label")
        if label not in (0, 1):
            raise MediaError(f"field 'label' is {label}, expected 0 or 1")
        picture = fields.get("image")
        place = folder.first(f"images/{picture}", picture) if isinstance(picture, str) else picture
        asked = folder.asked(f"Is this statement true of the picture? {words(fields, 'caption')}", [place])
        return self.record(
            row, asked, gold_of(("no", "yes")[label], expected="text"), used=("image", "label", "relation", "id"),
            problem_type=fields.get("relation"),
        )  # fmt: skip
