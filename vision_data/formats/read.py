"""Read a data set of any known format, one record after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from vision_data.errors import MediaError
from vision_data.formats.base import Format
from vision_data.formats.detect import detect
from vision_data.formats.folder import Folder
from vision_data.formats.frame_marks import marks_in_file
from vision_data.formats.record import FrameMarks, Record, Rejected
from vision_data.formats.row import Row
from vision_data.formats.rows import data_folder, read_rows
from vision_data.formats.table import format_named
from vision_data.media import Image, Media, Video
from vision_data.messages import media_of
from vision_data.spaces import System

# Characters of a reason: a field of a million characters is not repeated whole.
_LONGEST = 600


@dataclass(frozen=True)
class Reader:
    """Reads one file or folder; see ``rows.read_rows`` for what it may be.

    Iterating gives a ``Record`` for each question and a ``Rejected`` for each row that cannot be used, in the order
    of the file. Few rows are in memory at any time.

    Attributes:
        path: the data set.
        format: name of its format, or ``auto`` to find out.
        root: folder to which media paths belong, outside of which nothing is opened; None is the file's own folder.
        outside: open media outside the root too.
        boxes: what boxes are counted in where the format does not say; ``none`` says that lists of four numbers are
            no boxes; None refuses them.
        decode: decode every distinct picture and open every distinct video, so that damaged ones are found and the
            frames of videos with a selector of their own are told by number and time.
        need_answer: reject records without an answer.

    Raises:
        MediaError: the format is unknown, or cannot be told (see ``detect``).
    """

    path: str | Path
    format: str = "auto"
    root: str | Path | None = None
    outside: bool = False
    boxes: System | Literal["none"] | None = None
    decode: bool = False
    need_answer: bool = True

    def found(self) -> Format:
        """Give the format, found out where it is ``auto``."""
        return detect(self.path).format if self.format == "auto" else format_named(self.format)

    def folder(self) -> Folder:
        """Give the place of the media."""
        return Folder(data_folder(self.path) if self.root is None else Path(self.root), self.outside, self.boxes)

    def __iter__(self) -> Iterator[Record | Rejected]:
        kind, folder, look = self.found(), self.folder(), Decoder() if self.decode else None
        for row in read_rows(self.path):
            yield from self._of_row(row, kind, folder, look)

    def _of_row(self, row: Row, kind: Format, folder: Folder, look: Decoder | None) -> Iterator[Record | Rejected]:
        try:
            parts = list(kind.split(row)) if not row.damage else [row]
        except MediaError as error:
            yield rejected(row, error)
            return
        for part in parts:
            try:
                part.fields()
                record = kind.build(part, folder)
                if self.need_answer and record.gold is None:
                    raise MediaError("has no answer; fill it in, or read the file without answers")
                record = record if look is None else look(record)
            except MediaError as error:
                yield rejected(part, error)
                continue
            yield record


class Decoder:
    """Opens media to see that they are whole, each distinct one once."""

    def __init__(self) -> None:
        self.fine: dict[object, FrameMarks | None] = {}

    def __call__(self, record: Record) -> Record:
        """Look at the media of a record, and tell the frames of its videos by number and time.

        Raises:
            MediaError: one cannot be decoded.
        """
        media = media_of(record.messages)
        marks = {id(medium): self.look(medium) for medium in media}
        clips = [medium for medium in media if isinstance(medium, Video)]
        told = record.frames or (None,) * len(clips)
        frames = tuple(known or marks[id(clip)] for known, clip in zip(told, clips, strict=False))
        return replace(record, frames=frames)

    def look(self, medium: Media) -> FrameMarks | None:
        """Look at one."""
        source = medium.source
        key = hashlib.sha256(source).digest() if isinstance(source, bytes) else medium
        if key not in self.fine:
            self.fine[key] = self._open(medium)
        return self.fine[key]

    def _open(self, medium: Media) -> FrameMarks | None:
        from vision_data.image import load_image

        if isinstance(medium, Image):
            load_image(medium)
            return None
        if isinstance(medium.source, str):
            return marks_in_file(medium)
        for frame in medium.source:
            load_image(Image(frame))
        return None


def rejected(row: Row, error: Exception) -> Rejected:
    """Say where a row stands and what is wrong with it, in one line."""
    text = " ".join(str(error).split())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST * 2 // 3]} ... {text[-_LONGEST // 3 :]}"
    return Rejected(row.where, text if text.startswith(row.where) else f"{row.where}: {text}")


def read(
    path: str | Path,
    format: str = "auto",
    *,
    root: str | Path | None = None,
    outside: bool = False,
    boxes: System | Literal["none"] | None = None,
    decode: bool = False,
    need_answer: bool = True,
    quarantine: list[Rejected] | None = None,
) -> Iterator[Record]:
    """Give the records of a data set one after the other.

    Args:
        path: see ``Reader``.
        format: see ``Reader``.
        root: see ``Reader``.
        outside: see ``Reader``.
        boxes: see ``Reader``.
        decode: see ``Reader``.
        need_answer: see ``Reader``.
        quarantine: takes the rows that cannot be used; None stops at the first one.

    Raises:
        MediaError: the file cannot be read or its format is unknown; without ``quarantine`` also for the first row
            that cannot be used.
    """
    reader = Reader(path, format, root, outside, boxes, decode, need_answer)
    for item in reader:
        if isinstance(item, Record):
            yield item
        elif quarantine is None:
            raise MediaError(item.reason)
        else:
            quarantine.append(item)
