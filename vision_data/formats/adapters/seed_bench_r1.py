"""SEED-Bench-R1 (arXiv:2503.24376), also EgoPlan: which action comes next, from progress and current view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, words
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, any_of, has, text
from vision_data.formats.options import with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row
from vision_data.generators.seeds import rng_for

CHOICES = ("choice_a", "choice_b", "choice_c", "choice_d")


class SeedBenchR1(Format):
    """``{"sample_id", "video_source", "video_basename", "current_observation_basename", "question", "answer", ...}``.

    Validation rows have ``choice_a`` to ``choice_d`` and ``golden_choice_idx``. Training rows have
    ``negative_answers``: three of them and the answer become options in an order that depends on the sample's id
    alone. Without ``task_progress_metadata`` there is no progress to see, and the picture stands alone. Media lie in
    ``videos/SOURCE`` and ``images/SOURCE``.
    """

    name: ClassVar[str] = "seed-bench-r1"
    title: ClassVar[str] = "SEED-Bench-R1 JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (
        has("sample_id", "current_observation_basename"),
        text("question"),
        any_of("negative_answers", "golden_choice_idx"),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        name, options = str(fields.get("sample_id")), _options(fields)
        letter = fields.get("golden_choice_idx") or "ABCD"[options.index(words(fields, "answer"))]
        gold = gold_of(letter, options=options, expected="choice")
        source = fields.get("video_source") or ""
        images = [f"images/{source}/{words(fields, 'current_observation_basename')}"]
        videos = []
        if fields.get("task_progress_metadata"):
            videos = [f"videos/{source}/{words(fields, 'video_basename')}"]
        asked = with_options(words(fields, "question"), options)
        places = "<video>\n<image>\n" if videos else "<image>\n"
        used = ("sample_id", "question", "negative_answers", "golden_choice_idx", *CHOICES, "answer", "id")
        return self.record(
            row, folder.asked(places + asked, images, videos), gold, used=used, id=name, options=options,
            problem_type=fields.get("domain") or "next action", more={"answer_text": fields.get("answer")},
        )  # fmt: skip


def _options(fields: Mapping[str, Any]) -> tuple[str, ...]:
    if fields.get("golden_choice_idx"):
        return tuple(words(fields, name) for name in CHOICES)
    answer, wrong = words(fields, "answer"), fields.get("negative_answers")
    others = [text for text in wrong if text != answer] if isinstance(wrong, list) else []
    if len(others) < 3 or not all(isinstance(text, str) for text in others):
        raise MediaError(f"field 'negative_answers' has {len(others)} other text(s), expected at least 3")
    name = str(fields.get("sample_id")).encode("utf-8", "replace").decode()
    rng = rng_for("SEED-Bench-R1", name)
    mixed = [answer, *rng.sample(others, 3)]
    rng.shuffle(mixed)
    return tuple(mixed)
