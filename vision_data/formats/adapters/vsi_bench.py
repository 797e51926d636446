"""VSI-Bench (arXiv:2412.14171): sizes, distances, routes and orders in videos of rooms."""

from __future__ import annotations

from typing import ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.options import options_of, with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class VsiBench(Format):
    """``{"id", "dataset", "scene_name", "question_type", "question", "options", "ground_truth"}``.

    The video is ``DATASET/SCENE.mp4``. Questions without options have a number for an answer.
    """

    name: ClassVar[str] = "vsi-bench"
    title: ClassVar[str] = "VSI-Bench"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("dataset", "scene_name", "question_type", "question"), has("ground_truth"),
    )  # fmt: skip

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        options = options_of(fields.get("options"))
        gold = gold_of(fields.get("ground_truth"), options=options, expected="choice" if options else "number")
        asked = with_options(words(fields, "question"), options)
        video = f"{words(fields, 'dataset')}/{words(fields, 'scene_name')}.mp4"
        return self.record(
            row, folder.asked(asked, (), [video]), gold, used=("question", "options", "ground_truth", "id"),
            id=fields.get("id"), options=options, problem_type=fields.get("question_type"),
        )  # fmt: skip
