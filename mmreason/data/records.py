"""Read JSON and JSONL files record by record; whatever is wrong is told with file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from mmreason.errors import DataError
from mmreason.types import Task
from vision_data.errors import MediaError

OnBadRecord = Literal["skip", "stop"]
"""What a bad record does: it is skipped, counted and listed, or it stops the run."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the file."""

    path: Path
    number: int
    """Line of a JSONL file or position in a JSON list, from 1."""
    line: bytes | None
    """A line that is not yet read as JSON."""
    value: Any = None

    @property
    def where(self) -> str:
        """Name the record in errors."""
        return f"{self.path}:{self.number}" if self.line is not None else f"{self.path}, record {self.number}"

    def fields(self) -> dict[str, Any]:
        """Give the record's fields.

        Raises:
            DataError: if the line is no UTF-8 or no JSON, or the record no object.
        """
        value = self.value
        if self.line is not None:
            value = parse_json(_utf8(self.line, self.where), self.where)
        if not isinstance(value, dict):
            raise DataError(f"{self.where}: the record is a {_word(value)}, expected a JSON object with named fields")
        return value


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that was skipped."""

    where: str
    reason: str
    """One line that begins with ``where``."""


def parse_json(text: str, where: str) -> Any:
    """Read JSON text.

    Raises:
        DataError: if it is none, or nested beyond what can be read.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{where}: bad JSON, {error.msg} at column {error.colno}; repair or remove the record"
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: bad JSON ({type(error).__name__}); repair or remove the record") from None


def read_text(path: Path, what: str = "data file") -> str:
    """Read a UTF-8 file.

    Raises:
        DataError: if it is missing, a folder, unreadable or in another encoding.
    """
    with _opened(path, what) as file:
        return _utf8(file.read(), str(path))


def read_records(path: str | Path) -> Iterator[Record]:
    """Give the records of a JSONL file (one JSON object a line; blank lines are passed over) or of a ``.json`` list.

    Lines come one at a time and are not read as JSON until ``Record.fields``, so that a file larger than memory is no
    problem and one bad line does not hide the others.

    Raises:
        DataError: if the file cannot be read, or a ``.json`` file holds no list.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        values = parse_json(read_text(path), str(path))
        if not isinstance(values, list):
            raise DataError(f"{path}: holds a {_word(values)}, expected a list of records (or JSONL in a .jsonl file)")
        yield from (Record(path, number, None, value) for number, value in enumerate(values, 1))
        return
    with _opened(path, "data file") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield Record(path, number, line)


def walk_records(path: str | Path, build: Callable[[Record], Task | None]) -> Iterator[Task | BadRecord]:
    """Give the task of every record of a JSONL or JSON file, or what is wrong with it.

    Args:
        path: JSONL or JSON file.
        build: Gives the task of a record, or None for one that is not asked for; raises ``DataError`` or
            ``MediaError`` for a bad one.

    Raises:
        DataError: the file cannot be read.
    """
    for record in read_records(path):
        try:
            task = build(record)
        except (DataError, MediaError) as error:
            told = str(error) if str(error).startswith(str(record.path)) else f"{record.where}: {error}"
            yield BadRecord(record.where, told)
            continue
        if task is not None:
            yield replace(task, where=record.where)


def unique(items: Iterable[Task | BadRecord]) -> Iterator[Task | BadRecord]:
    """Refuse tasks whose id an earlier one has: they are told apart by it."""
    taken: dict[str, str] = {}
    for item in items:
        if isinstance(item, Task) and item.id in taken:
            yield BadRecord(item.where, f"{item.where}: id {item.id!r} is taken by {taken[item.id]}; ids must differ")
            continue
        if isinstance(item, Task):
            taken[item.id] = item.where
        yield item


def collect(
    path: str | Path, items: Iterable[Task | BadRecord], on_bad_record: OnBadRecord = "stop"
) -> tuple[list[Task], list[BadRecord]]:
    """Take all tasks of a data set.

    Args:
        path: Where they come from.
        items: What walking through it gives.
        on_bad_record: ``stop`` raises at the first bad record; ``skip`` goes on and lists it.

    Returns:
        Tasks in the order of the file, and the records that were skipped.

    Raises:
        DataError: for a bad record under ``stop`` (two tasks with one id included), an unknown policy, or a file that
            gives no task at all.
    """
    if on_bad_record not in ("skip", "stop"):
        raise DataError(f"on_bad_record is {on_bad_record!r}, expected 'skip' or 'stop'")
    tasks: list[Task] = []
    bad: list[BadRecord] = []
    for item in unique(items):
        if isinstance(item, Task):
            tasks.append(item)
        elif on_bad_record == "stop":
            raise DataError(item.reason)
        else:
            bad.append(item)
    if not tasks:
        first = f"; the first of {len(bad)} bad records: {bad[0].reason}" if bad else ""
        raise DataError(f"{path}: no record can be used{first}")
    return tasks, bad


def load_tasks(
    path: str | Path, build: Callable[[Record], Task | None], on_bad_record: OnBadRecord = "stop"
) -> tuple[list[Task], list[BadRecord]]:
    """Turn every record of a file into a task; see ``walk_records`` and ``collect``."""
    return collect(path, walk_records(path, build), on_bad_record)


def _opened(path: Path, what: str) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise DataError(f"{path}: this {what} does not exist; check the path") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: this {what} cannot be read ({error})") from None


def _utf8(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not UTF-8 at byte {error.start + 1}; convert the file to UTF-8") from None


def _word(value: Any) -> str:
    words = {dict: "object", list: "list", str: "text", type(None): "null", bool: "boolean"}
    return words.get(type(value), "number")
