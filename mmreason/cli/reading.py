"""Tells which reader a data set needs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.data.formats import BoxSpace, FormatTasks
from mmreason.data.reasonmap import ReasonMapRecords
from mmreason.data.records import read_records
from mmreason.data.task_jsonl import TaskJsonl
from mmreason.data.text_formats import Gsm8kRecords, IfevalRecords, MathRecords, TextRecords
from mmreason.errors import DataError
from vision_data.errors import MediaError
from vision_data.formats.detect import detect

if TYPE_CHECKING:
    from mmreason.validate import FileSpec


def text_records(path: str | Path) -> TextRecords | None:
    """Tell GSM8K, MATH and IFEval records, which are text alone, by the first one that can be read."""
    if not Path(path).is_file() or Path(path).suffix not in (".json", ".jsonl"):
        return None
    fields = first_fields(path)
    said = {name: value for name, value in fields.items() if isinstance(value, str)}
    if "instruction_id_list" in fields and "prompt" in said:
        return IfevalRecords(path)
    if "question" in said and "#### " in said.get("answer", ""):
        return Gsm8kRecords(path)
    return MathRecords(path) if "problem" in said and "\\boxed" in said.get("solution", "") else None


def first_fields(path: str | Path) -> dict[str, Any]:
    """Fields of the first record that can be read; none where the file is no list of records."""
    with suppress(DataError):
        for record in read_records(path):
            with suppress(DataError):
                return record.fields()
    return {}


def reader_for(
    path: str | Path,
    question: Literal["short", "long"] = "short",
    format: str = "auto",
    root: str | Path | None = None,
    outside: bool = False,
    boxes: BoxSpace | None = None,
) -> FileSpec:
    """Choose the reader of a file or folder by its first rows (see ``vision_data.formats.detect``).

    ReasonMap, GSM8K, MATH and IFEval records have readers of their own, whose tasks have what their rewards need; our
    JSONL beside its media is read without the rule that nothing outside a data root is opened.

    Raises:
        DataError: the file cannot be read, is empty, or is of no known format.
    """
    if format == "auto" and (text := text_records(path)):
        return text
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
