"""OpenRLHF-M's JSONL, which LMM-R1 (arXiv:2503.07536) and MM-EUREKA (arXiv:2503.07365) share."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row, word_for
from vision_data.messages import text_of


class OpenRlhfM(Format):
    """``{"id": "g1", "message": "[...]", "answer": "3"}``: the messages are text that holds JSON."""

    name: ClassVar[str] = "openrlhf-m"
    title: ClassVar[str] = "OpenRLHF-M JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (
        Mark(
            "message (JSON text of role/content)",
            lambda row: isinstance(row.get("message"), list | str) and str(row["message"]).lstrip()[:1] == "[",
            weight=2,
        ),
        has("answer"),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        asked = folder.messages(_messages(fields.get("message")))
        options = options_in(text_of(asked))
        gold = gold_of(fields.get("answer"), options=options, space=folder.boxes)
        return self.record(row, asked, gold, used=("message", "answer", "id"), id=fields.get("id"), options=options)


def _messages(value: Any) -> Any:
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        raise MediaError(f"field 'message' is a {word_for(value)}, expected JSON text")
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise MediaError(f"field 'message' holds bad JSON ({type(error).__name__}); repair the record") from None
