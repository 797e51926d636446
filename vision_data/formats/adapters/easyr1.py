"""EasyR1's parquet and hub rows, also slime's geo3k: problem, answer, images or videos. Not from a paper."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder, listed
from vision_data.formats.marks import Mark, has, lacks, text
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class EasyR1(Format):
    """``{"problem": "<image>Find x.", "answer": "35", "images": [{"bytes": ...}]}``; images or videos, not both."""

    name: ClassVar[str] = "easyr1"
    title: ClassVar[str] = "EasyR1 parquet"
    marks: ClassVar[tuple[Mark, ...]] = (text("problem"), has("answer"), lacks("solution", "problem_type"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        problem = words(fields, "problem")
        images = [*listed(fields.get("image"), "image"), *listed(fields.get("images"), "images")]
        videos = [*listed(fields.get("video"), "video"), *listed(fields.get("videos"), "videos")]
        if images and videos:
            raise MediaError(f"the row has {len(images)} image(s) and {len(videos)} video(s), expected one kind")
        options = options_in(problem)
        gold = gold_of(fields.get("answer"), options=options, space=folder.boxes)
        used = ("problem", "answer", "image", "images", "video", "videos", "id")
        asked = folder.asked(problem, images, videos)
        return self.record(row, asked, gold, used=used, id=fields.get("id"), options=options)
