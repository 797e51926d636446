"""Records of this package's own generators. Not from a paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of, words
from vision_data.formats.folder import Folder, listed
from vision_data.formats.marks import Mark, any_of, lacks, text
from vision_data.formats.options import LETTERS, options_in, options_of, with_options
from vision_data.formats.record import Record
from vision_data.formats.row import Row

_PICTURES, _CLIPS = ("images", "image", "figure"), ("videos", "video")
_MARKER = re.compile(r"<image>|<video>")


class Generated(Format):
    """``{"id", "image" or "images" or "video", "question", "options", "answer", "type", "scene_seed", ...}``.

    A ``prompt`` with markers is asked as it is, else the question with its options. An answer that is the text of an
    option, not its letter, belongs to an open question: the options are not shown. Boxes are counted in ``space``.
    """

    name: ClassVar[str] = "generated"
    title: ClassVar[str] = "records of vision_data.generators"
    marks: ClassVar[tuple[Mark, ...]] = (
        text("question", "type", "id"),
        Mark("answer", lambda row: row.get("answer") is not None),
        any_of(*_PICTURES, *_CLIPS),
        Mark("a seed such as scene_seed", lambda row: any(str(name).endswith("_seed") for name in row), weight=4),
        lacks("json"),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        question, answer = words(fields, "question"), fields.get("answer")
        options = options_of(fields.get("options"))
        is_open = bool(options) and not _are_letters(answer, len(options))
        shown = () if is_open else options or options_in(question)
        asked = question if options_in(question) else with_options(question, shown)
        prompt = fields.get("prompt")
        if isinstance(prompt, str) and _MARKER.search(prompt):
            asked = prompt
        several = isinstance(answer, list) and bool(shown)
        space: Any = fields.get("space") or "none"
        gold = gold_of(answer, options=shown, expected="set" if several else "any", space=space)
        hidden = () if is_open else ("options",)
        used = (
            "id",
            "question",
            "answer",
            "type",
            *hidden,
            *_PICTURES,
            *_CLIPS,
            *(("prompt",) if asked is prompt else ()),
        )
        return self.record(
            row, folder.asked(asked, _media(fields, _PICTURES), _media(fields, _CLIPS)), gold, used=used,
            id=fields.get("id"), options=shown, problem_type=fields.get("type"),
        )  # fmt: skip


def _media(fields: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    """Give the media of the first of these fields that has any; the others say the same."""
    name, value = first_of(fields, names)
    return listed(value, name)


def _are_letters(answer: Any, num: int) -> bool:
    """Tell whether an answer is one letter of ``num`` options, or a list of such."""
    found = answer if isinstance(answer, list) else str(answer).replace(" ", "").split(",")
    return all(isinstance(letter, str) and len(letter) == 1 and letter in LETTERS[:num] for letter in found)
