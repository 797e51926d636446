"""GeoQA and GeoQA+ (arXiv:2105.14517) as their authors write them: a figure, four numbers, one is right."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of, whole, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, any_of, has, text
from vision_data.formats.options import options_of, with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class GeoQa(Format):
    """``{"subject", "choices": ["35", ...], "label": 0, "image" or "img", "id"}``; R1-V's GeoQA is the format r1v."""

    name: ClassVar[str] = "geoqa"
    title: ClassVar[str] = "GeoQA JSON"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("subject"),
        has("choices"),
        any_of("image", "img"),
        Mark("label (whole number)", lambda row: isinstance(row.get("label"), int)),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        choices = fields.get("choices")
        options = options_of([str(choice) for choice in choices] if isinstance(choices, list) else choices)
        label = whole(fields, "label")
        if not 0 <= label < len(options):
            raise MediaError(
                f"field 'label' is {label}, expected 0 to {len(options) - 1}, the place of the right choice"
            )
        _, picture = first_of(fields, ("image", "img"))
        asked = folder.asked(with_options(words(fields, "subject"), options), [picture])
        gold = gold_of("ABCDEFGH"[label], options=options, expected="choice")
        used = ("subject", "choices", "label", "image", "img", "id")
        return self.record(
            row, asked, gold, used=used, id=fields.get("id"), options=options, problem_type="geometry",
            more={"answer_text": options[label]},
        )  # fmt: skip
