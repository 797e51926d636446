"""Our own JSONL, as ``data convert`` writes it and ``mmreason.data.task_jsonl`` reads it. Not from a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import RESERVED, Format, words
from vision_data.formats.boxes import boxes_of
from vision_data.formats.folder import Folder
from vision_data.formats.marks import Mark, has, is_listing
from vision_data.formats.options import options_of
from vision_data.formats.record import KINDS, Boxes, Choice, ChoiceSet, Code, FrameMarks, Gold, Number, Record, Text
from vision_data.formats.row import Row

_ASKED = Mark(
    "prompt (text) or messages with role/content",
    lambda row: isinstance(row.get("prompt"), str) or is_listing(row.get("messages"), ("role", "content")),
)


class TaskLines(Format):
    """``{"id": "k1", "prompt": "<image>How many?", "images": ["a.png"], "answer": "3"}``; see ``RESERVED``."""

    name: ClassVar[str] = "mmreason"
    title: ClassVar[str] = "mmreason JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (_ASKED, has("answer"))

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        prompt, messages = fields.get("prompt"), fields.get("messages")
        if (prompt is None) == (messages is None):
            raise MediaError(f"expected one of the fields prompt and messages, got {'both' if prompt else 'neither'}")
        media = (fields.get("images"), fields.get("videos"))
        asked = folder.messages(messages, *media) if prompt is None else folder.asked(words(fields, "prompt"), *media)
        options = options_of(fields.get("options"))
        made = self.record(
            row, asked, _gold(fields, options, folder), used=tuple(RESERVED - {"source"}), id=fields.get("id"),
            options=options, problem_type=fields.get("type"),
        )  # fmt: skip
        hint, peer = fields.get("hint"), fields.get("peer")
        extra = {("source" if name == "source_source" else name): value for name, value in made.extra.items()}
        changed: dict[str, Any] = {"extra": extra, "peer": None if peer is None else str(peer)}
        if hint is not None:
            changed["hint"] = folder.asked(words(fields, "hint"), *media)
        if fields.get("frames"):
            changed["frames"] = tuple(map(_marks, fields["frames"]))
        return Record(**{**vars(made), **changed})


def _gold(fields: Mapping[str, Any], options: tuple[str, ...], folder: Folder) -> Gold | None:
    """Give the answer, of the type that the record tells, or of the one that it looks like."""
    value, kind = fields.get("answer"), fields.get("answer_type")
    if kind is None or value is None:
        return gold_of(value, options=options, space=fields.get("box_space") or folder.boxes)
    if kind not in KINDS:
        raise MediaError(f"field 'answer_type' is {kind!r}, expected one of {', '.join(KINDS)}")
    text = str(value)
    raw = str(fields.get("answer_raw", text))
    if kind == "choice":
        return Choice(text, raw)
    if kind == "set":
        return ChoiceSet(tuple(text.split(",")) if text else (), raw)
    if kind == "boxes":
        space = fields.get("box_space")
        if space is None:
            raise MediaError("the answer is boxes and field 'box_space' is missing; declare what they are counted in")
        return Boxes(boxes_of(text, space), space, raw)
    if kind == "code":
        return Code(text, str(fields.get("language", "")), raw)
    if kind == "text":
        return Text(text, raw, tuple(map(str, fields.get("answers", ())[1:])))
    found = gold_of(text, expected="number")
    return Number(found.value, text, raw) if isinstance(found, Number) else found


def _marks(value: Any) -> FrameMarks | None:
    if value is None:
        return None
    try:
        return FrameMarks(tuple(map(int, value["indices"])), tuple(map(float, value["timestamps"])))
    except (KeyError, TypeError, ValueError):
        raise MediaError(f"frames are {str(value)[:60]!r}, expected objects with indices and timestamps") from None
