"""LLaVA's conversations (arXiv:2304.08485), also the JSONL of VLM-R1 and the sharegpt shape of ms-swift."""

from __future__ import annotations

from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of
from vision_data.formats.base import Format, first_of
from vision_data.formats.folder import Folder, listed
from vision_data.formats.marks import Mark, listing
from vision_data.formats.options import options_in
from vision_data.formats.record import Record
from vision_data.formats.row import Row
from vision_data.messages import text_of

ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


class Llava(Format):
    """``{"image": "a.png", "conversations": [{"from": "human", "value": "<image>..."}, {"from": "gpt", ...}]}``.

    The last word of the model is the answer (unless the row has a ``solution``); everything before it is asked.
    """

    name: ClassVar[str] = "llava"
    title: ClassVar[str] = "LLaVA JSON or JSONL"
    marks: ClassVar[tuple[Mark, ...]] = (listing("conversations", "from", "value"),)

    def build(self, row: Row, folder: Folder) -> Record:
        """See the base class."""
        fields = row.fields()
        turns = [_turn(i, turn) for i, turn in enumerate(_list(fields.get("conversations")), 1)]
        key, answer = first_of(fields, ("solution", "answer"))
        if turns[-1]["role"] == "assistant":
            said = turns.pop()["content"]
            answer = said if answer is None else answer
        images = [*listed(fields.get("image"), "image"), *listed(fields.get("images"), "images")]
        videos = [*listed(fields.get("video"), "video"), *listed(fields.get("videos"), "videos")]
        asked = folder.messages(turns, images, videos)
        options = options_in(text_of(asked[-1:]))
        gold = gold_of(answer, options=options, space=folder.boxes)
        used = ("conversations", "image", "images", "video", "videos", "id", key)
        return self.record(row, asked, gold, used=used, id=fields.get("id"), options=options)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise MediaError("field 'conversations' is missing or empty, expected a list of from and value")
    return value


def _turn(number: int, turn: Any) -> dict[str, Any]:
    if not isinstance(turn, dict) or not isinstance(turn.get("value"), str):
        raise MediaError(f"turn {number}: expected an object with from and value, got {str(turn)[:60]!r}")
    role = ROLES.get(str(turn.get("from")))
    if role is None:
        raise MediaError(f"turn {number}: from is {turn.get('from')!r}, expected one of {', '.join(ROLES)}")
    return {"role": role, "content": turn["value"]}
