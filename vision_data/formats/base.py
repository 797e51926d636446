"""What a format is: how it is recognised, and how one of its rows is read."""

from __future__ import annotations

import base64
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from vision_data.errors import MediaError
from vision_data.formats.folder import Folder
from vision_data.formats.frame_marks import marks_of
from vision_data.formats.marks import Mark
from vision_data.formats.record import Gold, Meta, Record
from vision_data.formats.row import Row, word_for
from vision_data.media import Video
from vision_data.messages import Prompt, media_of, text_of

RESERVED = frozenset(
    {
        "id", "prompt", "messages", "images", "videos", "answer", "answer_type", "answer_raw", "answers", "options",
        "type", "hint", "peer", "frames", "box_space", "language", "source",
    }
)  # fmt: skip
"""Fields with a meaning of their own in our JSONL; a further field of a row by that name is kept as ``source_NAME``."""


@dataclass(frozen=True)
class Format(ABC):
    """A way in which people write down questions about pictures and videos."""

    name: ClassVar[str]
    """By which it is chosen."""
    title: ClassVar[str]
    """By which people know it."""
    marks: ClassVar[tuple[Mark, ...]]
    """What every row has."""

    def split(self, row: Row) -> Iterable[Row]:
        """Give the questions that a row holds; most formats have one."""
        return (row,)

    @abstractmethod
    def build(self, row: Row, folder: Folder) -> Record:
        """Read one question.

        Raises:
            MediaError: a field is missing or wrong, or a medium cannot be used; the message need not say where.
        """

    def record(
        self,
        row: Row,
        messages: Prompt,
        gold: Gold | None,
        *,
        used: Sequence[str] = (),
        id: Any = None,
        options: Sequence[str] = (),
        problem_type: Any = "",
        more: Mapping[str, Any] | None = None,
    ) -> Record:
        """Put a record together; every field that is not among ``used`` goes to ``extra``.

        Args:
            row: where it stands.
            messages: what is asked.
            gold: the right answer.
            used: fields whose content is in the record already.
            id: what the file calls it.
            options: texts without letters.
            problem_type: what the file calls its kind.
            more: further fields for ``extra``.
        """
        fields = row.value if isinstance(row.value, dict) else {}
        extra = {name: value for name, value in fields.items() if name not in used} | dict(more or {})
        made = Record(
            messages=messages,
            gold=gold,
            meta=Meta(self.name, row.path, row.number, row.where, row.id if id in (None, "") else str(id)),
            options=tuple(options),
            problem_type="" if problem_type is None else str(problem_type),
            frames=tuple(marks_of(medium) for medium in media_of(messages) if isinstance(medium, Video)),
            extra={kept(str(name)): plain(value) for name, value in extra.items()},
        )
        refuse_half_characters(made)
        return made


def refuse_half_characters(record: Record) -> None:
    """Refuse text that no file can hold.

    Raises:
        MediaError: a text has half of a character (a lone surrogate).
    """
    gold, meta = record.gold, record.meta
    answer = (gold.text, gold.raw) if gold is not None else ()
    asked = text_of(record.messages)
    try:
        json.dumps(
            [asked, answer, record.options, record.problem_type, meta.id, record.extra], ensure_ascii=False
        ).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise MediaError(f"a text holds half of a character ({half} alone); repair or remove the record") from None
    except RecursionError:
        raise MediaError("a field is nested too deeply to be written; repair or remove the record") from None


def kept(name: str) -> str:
    """Name a further field so that it cannot be taken for one of ours."""
    return f"source_{name}" if name in RESERVED else name


def plain(value: Any) -> Any:
    """Bring a value of any table into what JSON knows; a number that is not finite becomes null."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return "base64:" + base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta):
        return str(value)
    raise MediaError(f"a field holds a {type(value).__name__}, which JSON does not know")


def words(fields: Mapping[str, Any], name: str) -> str:
    """Give a field that must be text.

    Raises:
        MediaError: it is missing, blank or something else.
    """
    value = fields.get(name)
    if value is None:
        raise MediaError(f"field {name!r} is missing, expected text")
    if not isinstance(value, str) or not value.strip():
        told = "blank" if isinstance(value, str) else f"a {word_for(value)}"
        raise MediaError(f"field {name!r} is {told}, expected text")
    return value


def first_of(fields: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Any]:
    """Give the first of these fields that holds something, and its name; empty and None where there is none."""
    for name in names:
        if fields.get(name) not in (None, "", []):
            return name, fields[name]
    return "", None


def whole(fields: Mapping[str, Any], name: str) -> int:
    """Give a field that must be a whole number, perhaps written as text or as a float.

    Raises:
        MediaError: it is missing or something else.
    """
    value = fields.get(name)
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or number != int(number):
        raise MediaError(f"field {name!r} is {value!r}, expected a whole number")
    return int(number)
