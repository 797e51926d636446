"""TempCompass (arXiv:2403.00476): action, direction, speed, order and change of attributes in short videos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, is_listing
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row

DIMENSIONS = ("action", "direction", "speed", "order", "attribute_change")


class TempCompass(Format):
    """An object of videos: ``{"1020": {"action": [{"question": "...", "answer": "B. ..."}], "speed": [...]}}``.

    The flat table of the hub (``video_id``, ``question``, ``answer``, ``dim``) is read too. Yes/no questions and
    caption matching come as they are; options stand in the question. Videos are ``videos/ID.mp4``.
    """

    name: ClassVar[str] = "tempcompass"
    title: ClassVar[str] = "TempCompass JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        Mark(
            f"question and answer under {', '.join(DIMENSIONS[:3])}, ..., or beside video_id and dim",
            lambda row: _is_nested(row) or _is_flat(row),
            weight=4,
        ),
    )

    def split(self, row: Row) -> Iterable[Row]:
        """One for each question of the video."""
        fields = row.fields()
        if _is_flat(fields):
            yield row
            return
        if not _is_nested(fields):
            raise MediaError(f"expected lists of question and answer under some of {', '.join(DIMENSIONS)}")
        for dimension, questions in fields.items():
            for number, question in enumerate(questions, 1):
                about = {**question, "video_id": row.key, "dim": dimension}
                yield row.within(f"{dimension} {dimension}-{number}", about)

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        question, video = words(fields, "question"), str(fields.get("video_id") or "")
        options = options_in(question)
        gold = gold_of(fields.get("answer"), options=options, expected="choice" if options else "text")
        asked = folder.asked(question, (), [f"videos/{video}.mp4"])
        name = f"{video}-{row.part.rpartition(' ')[2]}" if row.part else None
        return self.record(
            row, asked, gold, used=("question", "answer", "dim", "id"), id=name, options=options,
            problem_type=fields.get("dim"),
        )  # fmt: skip


def _is_nested(fields: Mapping[str, Any]) -> bool:
    """Tell whether dimensions lead to lists of questions."""
    return bool(fields) and all(
        name in DIMENSIONS and is_listing(value, ("question", "answer")) for name, value in fields.items()
    )


def _is_flat(fields: Mapping[str, Any]) -> bool:
    return fields.get("dim") in DIMENSIONS and bool(fields.get("video_id")) and "question" in fields
