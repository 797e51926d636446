"""ImageReward (arXiv:2304.05977): pictures made for one prompt, ranked by people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from vision_data.formats.adapters.preference import OPTIONS, asked, pairs_of
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, text
from vision_data.formats.record import Record
from vision_data.formats.row import Row


class ImageReward(Format):
    """``{"id", "prompt", "generations": ["a.webp", ...], "ranking": [2, 1, ...]}``: rank 1 is the best.

    Each pair of pictures that are not ranked the same is a question of its own, with ``preference`` 1 or 2.
    """

    name: ClassVar[str] = "image-reward"
    title: ClassVar[str] = "ImageReward JSON"
    marks: ClassVar[tuple[Mark, ...]] = (text("prompt"), has("generations", "ranking"))

    def split(self, row: Row) -> Iterable[Row]:
        """One for each pair."""
        fields = row.fields()
        about = {name: value for name, value in fields.items() if name not in ("generations", "ranking")}
        return pairs_of(row, fields.get("generations"), fields.get("ranking"), about)

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        places = [folder.first(f"test_images/{name}", str(name)) for name in fields["pair"]]
        gold = gold_of("AB"[int(fields["preference"]) - 1], options=OPTIONS, expected="choice")
        name = f"{fields.get('id', row.number)}-{row.part.rpartition(' ')[2]}" if row.part else fields.get("id")
        return self.record(
            row, asked(words(fields, "prompt"), places, folder), gold, used=("prompt", "pair", "id"), id=name,
            options=OPTIONS, problem_type="preference", more={"description": fields.get("prompt")},
        )  # fmt: skip
