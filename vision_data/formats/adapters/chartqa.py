"""ChartQA (arXiv:2203.10244): short answers about charts."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, any_of, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class ChartQa(Format):
    """``{"imgname": "a.png", "query", "label": "14"}``; the hub's tables have ``image`` and a list of labels.

    Pictures of a name are looked for under the root and in ``png``.
    """

    name: ClassVar[str] = "chartqa"
    title: ClassVar[str] = "ChartQA JSON"
    marks: ClassVar[tuple[Mark, ...]] = (text("query"), has("label"), any_of("imgname", "image"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        picture = fields.get("image")
        if picture is None:
            name = words(fields, "imgname")
            picture = folder.first(f"png/{name}", name)
        label = fields.get("label")
        if isinstance(label, list) and len(label) == 1:
            label = label[0]
        if isinstance(label, dict):
            raise MediaError("field 'label' is an object, expected text or a list of texts")
        return self.record(
            row, folder.asked(words(fields, "query"), [picture]), gold_of(label, space="none"),
            used=("query", "label", "image", "id"), id=fields.get("id"),
            problem_type=fields.get("human_or_machine", ""),
        )  # fmt: skip
