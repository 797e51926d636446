"""verl's parquet (``rl_dataset``): chat prompt, media columns, rule and ground truth. arXiv:2409.19256."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, is_listing
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row
from vision_data.messages import text_of


class Verl(Format):
    """``{"data_source", "prompt": [...], "images": [...], "ability", "reward_model": {"ground_truth"}}``."""

    name: ClassVar[str] = "verl"
    title: ClassVar[str] = "verl parquet"
    marks: ClassVar[tuple[Mark, ...]] = (
        Mark("prompt with role/content", lambda row: is_listing(row.get("prompt"), ("role", "content"))),
        Mark(
            "reward_model with ground_truth",
            lambda row: isinstance(row.get("reward_model"), dict) and "ground_truth" in row["reward_model"],
            weight=2,
        ),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        rule = fields.get("reward_model")
        if not isinstance(rule, dict):
            raise MediaError("field 'reward_model' is missing, expected an object with ground_truth")
        asked = folder.messages(fields.get("prompt"), fields.get("images"), fields.get("videos"))
        options = options_in(text_of(asked))
        gold = gold_of(rule.get("ground_truth"), options=options, space=folder.boxes)
        about = fields.get("extra_info")
        number = about.get("index") if isinstance(about, dict) else None
        name = f"{fields.get('data_source') or row.path.stem}-{number}" if number is not None else None
        return self.record(
            row, asked, gold, used=("prompt", "images", "videos", "id"), id=fields.get("id") or name, options=options,
            problem_type=fields.get("ability"),
        )  # fmt: skip
