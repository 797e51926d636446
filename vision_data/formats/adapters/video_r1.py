"""Video-R1's JSON (arXiv:2503.21776): image and video rows mixed, the problem type decides the reward."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import Expected, gold_of
from vision_data.formats.base import Format, first_of, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.options import options_of, with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row

TYPES: dict[str, Expected] = {
    "multiple choice": "choice",
    "numerical": "number",
    "regression": "number",
    "OCR": "text",
    "free-form": "text",
}


class VideoR1(Format):
    """``{"problem", "data_type": "video", "problem_type", "options", "solution": "<answer>A</answer>", "path"}``.

    Several letters in the solution of a multiple-choice question are a set, as in TW-GRPO's CLEVRER rows.
    """

    name: ClassVar[str] = "video-r1"
    title: ClassVar[str] = "Video-R1 JSON"
    marks: ClassVar[tuple[Mark, ...]] = (text("problem", "data_type", "problem_type"), has("solution", "path"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        kind, options = words(fields, "data_type"), options_of(fields.get("options"))
        if kind not in ("image", "video"):
            raise MediaError(f"field 'data_type' is {kind!r}, expected image or video")
        problem_type = words(fields, "problem_type")
        expected = TYPES.get(problem_type, "any")
        if expected == "choice" and not options:
            raise MediaError("the problem type is multiple choice and the row has no options")
        gold = gold_of(fields.get("solution"), options=options, expected=expected, space=folder.boxes)
        path = fields.get("path")
        images, videos = ([path], []) if kind == "image" else ([], [path])
        asked = folder.asked(with_options(words(fields, "problem"), options), images, videos)
        used = ("problem", "data_type", "problem_type", "options", "solution", "path", "problem_id", "id")
        _, name = first_of(fields, ("problem_id", "id"))
        return self.record(row, asked, gold, used=used, id=name, options=options, problem_type=problem_type)
