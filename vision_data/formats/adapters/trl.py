"""TRL's conversational prompts, as its GRPO and RLOO trainers take them. Not from a paper."""

from __future__ import annotations

from typing import ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of, words
from vision_data.formats.folder import Folder, listed
from vision_data.formats.marks import Mark, any_of, is_listing, lacks
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row
from vision_data.messages import text_of

GOLD = ("solution", "answer", "ground_truth", "target")
"""Columns that people hand to reward functions as the right answer; the first that holds something counts."""


class Trl(Format):
    """``{"prompt": [{"role": "user", "content": "..."}], "images": [...], "solution": "B"}``."""

    name: ClassVar[str] = "trl"
    title: ClassVar[str] = "TRL conversational"
    marks: ClassVar[tuple[Mark, ...]] = (
        Mark(
            "prompt with role/content, or prompt (text) with solution",
            lambda row: (
                is_listing(row.get("prompt"), ("role", "content"))
                or (isinstance(row.get("prompt"), str) and isinstance(row.get("solution"), str))
            ),
            weight=2,
        ),
        any_of(*GOLD),
        lacks("reward_model", "human_preference", "message"),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        prompt = fields.get("prompt")
        images = [*listed(fields.get("image"), "image"), *listed(fields.get("images"), "images")]
        videos = [*listed(fields.get("video"), "video"), *listed(fields.get("videos"), "videos")]
        messages = [{"role": "user", "content": words(fields, "prompt")}] if isinstance(prompt, str) else prompt
        if isinstance(messages, list) and messages and not isinstance(messages[-1], dict):
            raise MediaError("the prompt is a list of something else than role and content")
        asked = folder.messages(messages, images, videos)
        key, answer = first_of(fields, GOLD)
        options = options_in(text_of(asked))
        gold = gold_of(answer, options=options, space=folder.boxes)
        used = ("prompt", "image", "images", "video", "videos", "id", key)
        return self.record(row, asked, gold, used=used, id=fields.get("id"), options=options)
