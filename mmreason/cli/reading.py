"""Tells which reader a data set needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mmreason.data.formats import BoxSpace, FormatTasks
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.errors import DataError
from vision_data.errors import MediaError
from vision_data.formats.detect import detect

if TYPE_CHECKING:
    from mmreason.validate import FileSpec


def reader_for(
    path: str | Path,
    question: Literal["short", "long"] = "short",
    format: str = "auto",
    root: str | Path | None = None,
    outside: bool = False,
    boxes: BoxSpace | None = None,
) -> FileSpec:
    """Choose the reader of a file or folder by its first rows (see ``vision_data.formats.detect``).

    ReasonMap records have a reader of their own, whose tasks have what its rewards need; our JSONL beside its media is
    read without the rule that nothing outside a data root is opened.

    Raises:
        DataError: the file cannot be read, is empty, or is of no known format.
    """
    try:
        name = detect(path).format.name if format == "auto" else format
    except MediaError as error:
        raise DataError(str(error)) from None
    if name == "reasonmap":
        inside = Path(path) / "records.jsonl"
        return ReasonMapRecords(inside if Path(path).is_dir() else path, question=question)
    if name == "mmreason" and root is None and boxes is None and Path(path).suffix in (".json", ".jsonl"):
        return TaskJsonl(path)
    return FormatTasks(path, format, root, outside, boxes)
