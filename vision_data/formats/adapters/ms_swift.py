"""ms-swift's standard JSONL (arXiv:2408.05517): messages, media columns, solution, grounding objects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of
from vision_data.formats.boxes import boxes_of
from vision_data.formats.folder import Folder, listed
from vision_data.formats.marks import Mark, is_listing, lacks, listing
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row, word_for
from vision_data.messages import text_of
from vision_data.spaces import System

SPACES: dict[str, System] = {"real": "original", "norm1": "unit", "norm1000": "thousand"}
"""``bbox_type`` to what the boxes are counted in; ``real`` is also the documented default."""

_MARKER = re.compile(r"<ref-object>|<bbox>")


class MsSwift(Format):
    """``{"messages": [...], "images": [...], "solution": "...", "objects": {"ref", "bbox", "bbox_type"}}``.

    ``<ref-object>`` and ``<bbox>`` in the text are filled in from ``objects``. Without ``solution`` the last word of
    the assistant is the answer.
    """

    name: ClassVar[str] = "ms-swift"
    title: ClassVar[str] = "ms-swift JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (
        listing("messages", "role", "content"),
        Mark(
            "solution, or a last word of the assistant",
            lambda row: row.get("solution") is not None or _answers(row.get("messages")),
        ),
        lacks("answer", "prompt"),
    )

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        if listed(fields.get("audios"), "audios"):
            raise MediaError("the row has audios, which are not supported; leave the record out")
        messages, objects = fields.get("messages"), fields.get("objects")
        space = _space(objects, folder)
        if objects is not None:
            if not isinstance(objects, Mapping):
                raise MediaError(f"field 'objects' is a {word_for(objects)}, expected an object with ref and bbox")
            messages = _filled(messages, objects, space)
        key, answer = first_of(fields, ("solution",))
        if isinstance(messages, list) and _answers(messages):
            answer = messages[-1]["content"] if answer is None else answer
            messages = messages[:-1]
        asked = folder.messages(messages, fields.get("images"), fields.get("videos"))
        options = options_in(text_of(asked[-1:]))
        gold = gold_of(answer, options=options, space=space)
        more = {"objects_space": space} if objects is not None else {}
        used = ("messages", "images", "videos", "audios", "id", key)
        return self.record(row, asked, gold, used=used, id=fields.get("id"), options=options, more=more)


def _answers(messages: Any) -> bool:
    return is_listing(messages, ("role", "content")) and messages[-1]["role"] == "assistant"


def _space(objects: Any, folder: Folder) -> Any:
    """Tell what the row's boxes are counted in."""
    if not isinstance(objects, Mapping):
        return folder.boxes
    kind = objects.get("bbox_type") or "real"
    if not isinstance(kind, str) or kind not in SPACES:
        raise MediaError(f"objects: bbox_type is {kind!r}, expected one of {', '.join(SPACES)}")
    return SPACES[kind]


def _filled(messages: Any, objects: Mapping[str, Any], space: Any) -> Any:
    """Write names and boxes in the place of their markers; as many of each as the row has."""
    names = [str(name) for name in listed(objects.get("ref"), "objects.ref")]
    boxes = objects.get("bbox") or []
    if not isinstance(boxes, list):
        raise MediaError(f"objects: bbox is a {type(boxes).__name__}, expected a list of boxes")
    if boxes:
        boxes_of(boxes, cast(System, space))
    stock = {"<ref-object>": iter(names), "<bbox>": iter(map(json.dumps, boxes))}
    if not is_listing(messages, ("role", "content")):
        return messages
    text = " ".join(str(message["content"]) for message in messages)
    for marker, there in (("<ref-object>", names), ("<bbox>", boxes)):
        if 0 < text.count(marker) != len(cast(Sequence[Any], there)):
            raise MediaError(f"the messages have {text.count(marker)} {marker} and the row has {len(there)}")

    def fill(content: Any) -> Any:
        return _MARKER.sub(lambda found: next(stock[found.group()]), content) if isinstance(content, str) else content

    return [{**message, "content": fill(message["content"])} for message in messages]
