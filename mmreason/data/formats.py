"""Data sets of any format that vision_data reads, as tasks. Not from a paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmreason.data.media_check import MediaCheck
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import BadRecord, OnBadRecord, collect
from mmreason.errors import DataError
from mmreason.types import Task
from vision_data.errors import MediaError
from vision_data.formats.read import Reader
from vision_data.formats.record import Record, Rejected
from vision_data.formats.write import further_fields

BoxSpace = Literal["original", "resized", "unit", "thousand", "none"]
"""What boxes are counted in, where a format does not say it; ``none``: lists of four numbers are no boxes."""


def task_of(record: Record) -> Task:
    """Make the task of a neutral record.

    Its answer is what a perfect completion would say: a letter, letters such as ``A,C``, a number, text, a JSON list
    of boxes, code. Its record has every further field of the row, and ``answer_type``, ``answer_raw`` where the file
    writes the answer in another way, ``options``, ``type``, ``box_space``, ``frames`` and ``source``; exactly what
    ``TaskJsonl`` reads from the line that ``mmreason data convert`` writes.
    """
    return Task(
        id=record.meta.id,
        prompt=record.messages,
        answer=None if record.gold is None else record.gold.text,
        peer=record.peer,
        hint=record.hint,
        record=further_fields(record),
        where=record.meta.where,
    )


@dataclass(frozen=True)
class FormatTasks:
    """Reads a data set of TRL, LLaVA, Video-R1, EasyR1, verl, ms-swift, a benchmark, ...; see ``vision_data.formats``.

    ReasonMap records are read by ``ReasonMapRecords``, whose tasks have what its rewards need.

    Args:
        path: file or folder.
        format: name of the format, or ``auto`` to find out.
        root: folder of the media, outside of which nothing is opened; None is the folder of the file.
        outside: open media outside the root too.
        boxes: what boxes are counted in, where the format does not say.
        answer: whether every record must have one.
        on_bad_record: ``stop`` at the first bad record, or ``skip`` and list them.
        decode: decode every distinct picture and open every video while reading.
    """

    path: str | Path
    format: str = "auto"
    root: str | Path | None = None
    outside: bool = False
    boxes: BoxSpace | None = None
    answer: bool = True
    on_bad_record: OnBadRecord = "stop"
    decode: bool = False

    def load(self) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole data set.

        Raises:
            DataError: the format is unknown, the file is unreadable, two tasks have one id, nothing can be used, or,
                under ``stop``, a record is bad.
        """
        return collect(self.path, self.walk(MediaCheck(self.decode)), self.on_bad_record)

    def walk(self, check: MediaCheck) -> Iterator[Task | BadRecord]:
        """Give every task, or what is wrong with its row; ``check`` looks at its media.

        Raises:
            DataError: the format is unknown or the file is unreadable.
        """
        try:
            if self.reader().found().name == "reasonmap":
                yield from ReasonMapRecords(self.path).walk(check)
                return
            for item in self.reader():
                yield self._task(item, check) if isinstance(item, Record) else BadRecord(item.where, item.reason)
        except MediaError as error:
            raise DataError(str(error)) from None

    def _task(self, record: Record, check: MediaCheck) -> Task | BadRecord:
        try:
            check(record.messages)
        except MediaError as error:
            return BadRecord(record.meta.where, f"{record.meta.where}: {error}")
        return task_of(record)

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read the whole data set, as a source does; nothing is written to ``home``."""
        return self.load()

    def reader(self) -> Reader:
        """Give what reads the file."""
        return Reader(self.path, self.format, self.root, self.outside, self.boxes, self.decode, self.answer)


def unique(reader: Reader) -> Iterator[Record | Rejected]:
    """Read, and reject a record whose id an earlier one has: tasks are told apart by it."""
    seen: set[str] = set()
    for item in reader:
        if isinstance(item, Record) and item.meta.id in seen:
            where = item.meta.where
            yield Rejected(where, f"{where}: id {item.meta.id!r} is taken by an earlier record; ids must differ")
            continue
        if isinstance(item, Record):
            seen.add(item.meta.id)
        yield item
