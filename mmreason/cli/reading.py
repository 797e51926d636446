"""Tells which reader a data file needs from its first record."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import read_records
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.errors import DataError
from mmreason.rewards.reasonmap_record import TYPES


def reader_for(path: str | Path, question: Literal["short", "long"] = "short") -> ReasonMapRecords | TaskJsonl:
    """Choose the reader of a file of records.

    The first record that is an object decides: ReasonMap records have ``question_short`` or one of the benchmark's
    question types beside a ``figure``; ours have ``prompt`` or ``messages``.

    Raises:
        DataError: the file cannot be read, is empty, or holds neither.
    """
    if Path(path).is_dir():
        inside = Path(path) / "records.jsonl"
        hint = f"; did you mean {inside}?" if inside.is_file() else "; give a .jsonl or .json file"
        raise DataError(f"{path}: is a folder{hint}")
    first: DataError | None = None
    for record in read_records(path):
        try:
            fields = record.fields()
        except DataError as error:
            first = first or error
            continue
        if "prompt" in fields or "messages" in fields:
            return TaskJsonl(path)
        if "question_short" in fields or (fields.get("type") in TYPES and "question" in fields):
            return ReasonMapRecords(path, question=question)
        raise DataError(
            f"{record.where}: neither a ReasonMap record (figure, question, type, answer or routes) nor a task (prompt "
            f"or messages, answer); it has {', '.join(list(fields)[:8]) or 'no fields'}"
        )
    raise first or DataError(f"{path}: holds no record")
