"""R1-V's rows: image, problem, solution. GEOQA_R1V and CLEVR counting are published so; TON (arXiv:2505.16854) too."""

from __future__ import annotations

from typing import ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of, words
from vision_data.formats.folder import Folder, listed
from vision_data.formats.marks import Mark, any_of, has, lacks, text
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class R1V(Format):
    """``{"image": ..., "problem": "Find x.", "solution": "<answer> 35 </answer>"}``; the GeoQA of the R1-V kind."""

    name: ClassVar[str] = "r1v"
    title: ClassVar[str] = "R1-V (GeoQA, CLEVR counting)"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("problem"), has("solution"), any_of("image", "images"), lacks("problem_type", "data_type"),
    )  # fmt: skip

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        problem = words(fields, "problem")
        options = options_in(problem)
        gold = gold_of(fields.get("solution"), options=options, space=folder.boxes)
        images = [*listed(fields.get("image"), "image"), *listed(fields.get("images"), "images")]
        _, name = first_of(fields, ("id", "problem_id"))
        used = ("problem", "solution", "image", "images", "id", "problem_id")
        return self.record(row, folder.asked(problem, images), gold, used=used, id=name, options=options)
