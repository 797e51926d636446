"""MMVU (arXiv:2501.12380): expert questions about videos, with choices or open."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, any_of, text
from vision_data.formats.options import options_of, with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row

TYPES = ("multiple-choice", "open-ended")


class Mmvu(Format):
    """``{"id", "video", "question_type", "metadata", "question", "choices": {"A": ...}, "answer"}``.

    ``video`` is an address on the hub in the release: its path within the repository is looked for under the root.
    """

    name: ClassVar[str] = "mmvu"
    title: ClassVar[str] = "MMVU JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("question", "question_type"),
        Mark("question_type multiple-choice or open-ended", lambda row: row.get("question_type") in TYPES, weight=2),
        any_of("video", "video_path"),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        kind = words(fields, "question_type")
        if kind not in TYPES:
            raise MediaError(f"field 'question_type' is {kind!r}, expected {' or '.join(TYPES)}")
        options = options_of(fields.get("choices")) if kind == TYPES[0] else ()
        gold = gold_of(fields.get("answer"), options=options, expected="choice" if options else "any", space="none")
        video = words(fields, "video_path" if fields.get("video_path") else "video")
        if "://" in video:
            video = video.partition("/resolve/main/")[2].partition("?")[0] or video
        used = ("id", "question", "question_type", "choices", "answer", "video", "video_path")
        asked = folder.asked(with_options(words(fields, "question"), options), (), [video])
        return self.record(
            row, asked, gold, used=used, id=fields.get("id"), options=options, problem_type=kind,
            more={"video": fields.get("video") or video},
        )  # fmt: skip
