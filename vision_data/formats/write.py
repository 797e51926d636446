"""Write records as our JSONL, with their media beside it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from vision_data.errors import MediaError
from vision_data.formats.record import Boxes, Code, FrameMarks, Gold, Record, Text
from vision_data.media import Image, Media, Video
from vision_data.messages import Message, Prompt, media_of
from vision_data.parts import to_part

MediaPolicy = Literal["copy", "reference"]
"""Whether media files are copied into the new folder, or the new records point at where they lie."""

_MARKER = re.compile(r"<image>|<video>")
_STARTS = {
    b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"BM": ".bmp", b"II*\x00": ".tif",
    b"MM\x00*": ".tif", b"RIFF": ".webp",
}  # fmt: skip
_CHUNK = 1 << 20


class TaskWriter:
    """Writes records into a folder: ``records.jsonl`` and ``media/``.

    A copied file is named by its content, so that each is there once however many records show it.

    Args:
        folder: where to write; it is there and empty.
        media: see ``MediaPolicy``. Pictures that are bytes in the source are always written as files.
        base: folder from which relative paths will be read, where it is not ``folder`` (a draft that is renamed).
    """

    def __init__(self, folder: Path, media: MediaPolicy = "copy", base: Path | None = None) -> None:
        self.folder, self.media, self.base = folder, media, folder if base is None else base
        self.known: dict[str, str] = {}
        self.file = (folder / "records.jsonl").open("w", encoding="utf-8")

    def __enter__(self) -> TaskWriter:
        return self

    def __exit__(self, *about: object) -> None:
        self.file.close()

    def write(self, record: Record) -> None:
        """Write one record, and the media that are not there yet.

        Raises:
            MediaError: a medium is gone, or a setting of it has no word in JSON.
        """
        try:
            line = json.dumps(self.fields(record), ensure_ascii=False, allow_nan=False)
            line.encode()
        except (ValueError, TypeError) as error:
            if isinstance(error, MediaError):
                raise
            raise MediaError(f"the record cannot be written as JSON ({error}); repair or remove it") from None
        self.file.write(line + "\n")

    def fields(self, record: Record) -> dict[str, Any]:
        """Give the fields of the line."""
        out: dict[str, Any] = {"id": record.meta.id, **self._asked(record)}
        if record.gold is not None:
            out["answer"] = record.gold.text
        if record.peer is not None:
            out["peer"] = record.peer
        return out | further_fields(record)

    def _asked(self, record: Record) -> dict[str, Any]:
        """Write the question: as text with markers where that says it all, else as messages with typed parts."""
        if _is_simple(record.messages) or record.hint is not None:
            out: dict[str, Any] = {"prompt": _marked(record.messages)}
            media = media_of(record.messages)
            if record.hint is not None:
                if media_of(record.hint) != media:
                    raise MediaError(f"{record.meta.where}: hint and question show different media")
                out["hint"] = _marked(record.hint)
            for name, kind in (("images", Image), ("videos", Video)):
                paths = [self._place(medium) for medium in media if isinstance(medium, kind)]
                if paths:
                    out[name] = paths
            return out
        return {"messages": [self._message(message) for message in record.messages]}

    def _message(self, message: Message) -> dict[str, Any]:
        content: Any = [part if isinstance(part, str) else self._typed(part) for part in message.content]
        parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
        return {"role": message.role, "content": parts}

    def _typed(self, medium: Media) -> dict[str, Any]:
        """Write one medium with its settings."""
        part = to_part(
            medium if not isinstance(medium.source, bytes) else Image("-", medium.min_pixels, medium.max_pixels)
        )
        part["image" if isinstance(medium, Image) else "video"] = self._place(medium)
        if not isinstance(part.get("frames", ""), str):
            raise MediaError(f"{medium!r}: its frame selector has no word in JSON; use Fps(...) or NFrames(...)")
        return part

    def _place(self, medium: Media) -> str | list[str]:
        """Bring a medium to where the new records will find it, and give its relative path."""
        if isinstance(medium.source, bytes):
            return self._written(medium.source)
        if isinstance(medium.source, tuple):
            return [self._file(frame) for frame in medium.source]
        return self._file(medium.source)

    def _written(self, content: bytes) -> str:
        ending = next((end for start, end in _STARTS.items() if content.startswith(start)), ".bin")
        name = f"media/{hashlib.sha256(content).hexdigest()[:24]}{ending}"
        if not (self.folder / name).exists():
            (self.folder / "media").mkdir(exist_ok=True)
            (self.folder / name).write_bytes(content)
        return name

    def _file(self, path: str) -> str:
        if path not in self.known:
            self.known[path] = self._copied(Path(path)) if self.media == "copy" else os.path.relpath(path, self.base)
        return self.known[path]

    def _copied(self, path: Path) -> str:
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            name = f"media/{digest.hexdigest()[:24]}{path.suffix.lower()}"
            if not (self.folder / name).exists():
                (self.folder / "media").mkdir(exist_ok=True)
                shutil.copyfile(path, self.folder / name)
        except OSError as error:
            raise MediaError(f"{path}: cannot be copied ({error.strerror})") from None
        return name


def further_fields(record: Record) -> dict[str, Any]:
    """Write all but the question and the text of the answer, in values that JSON knows.

    These are the type of the answer (and how it stood in the source, where that differs), ``options``, ``type``,
    ``frames``, ``source`` and the fields of ``extra``.
    """
    out = _about_answer(record.gold)
    if record.options:
        out["options"] = list(record.options)
    if record.problem_type:
        out["type"] = record.problem_type
    if any(record.frames):
        out["frames"] = [_marks(marks) for marks in record.frames]
    meta = record.meta
    source = {"format": meta.format, "file": meta.path.name, "number": meta.number}
    return out | {"source": source} | dict(record.extra)


def _about_answer(gold: Gold | None) -> dict[str, Any]:
    """Write what there is to know of an answer beside its text."""
    if gold is None:
        return {}
    out: dict[str, Any] = {"answer_type": gold.kind}
    if gold.raw != gold.text:
        out["answer_raw"] = gold.raw
    if isinstance(gold, Boxes):
        out["box_space"] = gold.space
    if isinstance(gold, Code) and gold.language:
        out["language"] = gold.language
    if isinstance(gold, Text) and gold.others:
        out["answers"] = [gold.text, *gold.others]
    return out


def write_records(records: Iterable[Record], folder: Path, media: MediaPolicy = "copy") -> int:
    """Write records into a folder that is there and empty; gives their number. See ``TaskWriter``."""
    num = 0
    with TaskWriter(folder, media) as writer:
        for record in records:
            writer.write(record)
            num += 1
    return num


def _marks(marks: FrameMarks | None) -> Mapping[str, Any] | None:
    return None if marks is None else {"indices": list(marks.indices), "timestamps": list(marks.timestamps)}


def _is_simple(prompt: Prompt) -> bool:
    """Tell whether text with markers and lists of paths say everything about a prompt."""
    if len(prompt) != 1 or prompt[0].role != "user":
        return False
    parts = prompt[0].content
    media = media_of(prompt)
    texts = [isinstance(part, str) for part in parts]
    if not any(isinstance(part, str) and part.strip() for part in parts) or any(
        one and other for one, other in pairwise(texts)
    ):
        return False
    if media and any(isinstance(part, str) and (_MARKER.search(part) or not part) for part in parts):
        return False
    return all(_plainly(medium) for medium in media)


def _plainly(medium: Media) -> bool:
    """Tell whether a medium has no settings of its own."""
    return medium == (Image(medium.source) if isinstance(medium, Image) else Video(medium.source))


def _marked(prompt: Prompt) -> str:
    """Write one user message as text with markers."""
    if not _is_simple(prompt):
        raise MediaError("a question with a hint is written as text with markers, and this one needs more than that")
    marks = {Image: "<image>", Video: "<video>"}
    return "".join(part if isinstance(part, str) else marks[type(part)] for part in prompt[0].content)
