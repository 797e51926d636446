"""From a path to rows, whatever the kind of file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.formats.json_rows import json_rows
from vision_data.formats.row import Row
from vision_data.formats.table_rows import arrow_rows, csv_rows, is_saved_dataset, parquet_rows

READERS = {
    ".json": json_rows,
    ".jsonl": json_rows,
    ".ndjson": json_rows,
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".parquet": parquet_rows,
}
_MAIN = "records.jsonl"


def read_rows(path: str | Path) -> Iterator[Row]:
    """Give the rows of a data set one after the other; few are in memory at any time.

    Args:
        path: a JSON list or object, JSON lines, CSV, TSV or parquet file; a folder that ``save_to_disk`` of Hugging
            Face datasets wrote; a folder of parquet files; or a folder with a ``records.jsonl``.

    Raises:
        MediaError: it is nothing of the kind, or a table is damaged. Damaged JSON and CSV rows are told in the row.
    """
    path = Path(path)
    if path.is_dir():
        yield from _folder_rows(path)
        return
    if not path.exists():
        raise MediaError(f"{path}: this data file does not exist; check the path")
    if not path.is_file():
        raise MediaError(f"{path}: is no ordinary file; give a data file or folder")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise MediaError(f"{path}: ends in {path.suffix or 'nothing'!r}, expected one of {', '.join(READERS)}")
    yield from reader(path)


def data_folder(path: str | Path) -> Path:
    """Give the folder that a data set's relative media paths belong to where nothing else is said."""
    path = Path(path)
    return path if path.is_dir() else path.parent


def _folder_rows(folder: Path) -> Iterator[Row]:
    if is_saved_dataset(folder):
        yield from arrow_rows(folder)
        return
    if (folder / _MAIN).is_file():
        yield from json_rows(folder / _MAIN)
        return
    parts = sorted(folder.glob("*.parquet")) or sorted(folder.glob("data/*.parquet"))
    if not parts:
        inside = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in READERS)
        hint = f"give one of its files: {', '.join(inside[:5])}" if inside else "give a data file"
        raise MediaError(f"{folder}: is no saved data set and has no {_MAIN} and no parquet files; {hint}")
    for part in parts:
        yield from parquet_rows(part)
