"""Video-MME (arXiv:2405.21075): four options about short, medium and long videos."""

from __future__ import annotations

from typing import ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.options import options_of, with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row

_PLACES = ("data", "videos", ".")


class VideoMme(Format):
    """``{"video_id", "videoID", "duration", "domain", "question_id", "task_type", "question", "options", "answer"}``.

    The video is ``videoID.mp4`` in ``data``, ``videos`` or the root.
    """

    name: ClassVar[str] = "video-mme"
    title: ClassVar[str] = "Video-MME"
    marks: ClassVar[tuple[Mark, ...]] = (text("videoID", "question", "answer"), has("question_id", "options"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        options = options_of(fields.get("options"))
        gold = gold_of(fields.get("answer"), options=options, expected="choice")
        name = f"{words(fields, 'videoID')}.mp4"
        video = folder.first(*(f"{place}/{name}" for place in _PLACES))
        asked = folder.asked(with_options(words(fields, "question"), options), (), [video])
        return self.record(
            row, asked, gold, used=("question", "options", "answer", "id"), id=fields.get("question_id"),
            options=options, problem_type=fields.get("task_type"),
        )  # fmt: skip
