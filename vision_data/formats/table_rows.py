"""Rows of tables: CSV, parquet, and Arrow folders as ``save_to_disk`` of Hugging Face datasets writes them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError
from vision_data.formats.row import Row

# Rows that are turned into Python values at once: each may carry a picture.
_BATCH = 16
_STATE = "state.json"


def csv_rows(path: Path) -> Iterator[Row]:
    """Give the rows of a CSV or TSV file with a heading; all values are text.

    Raises:
        MediaError: the file cannot be opened.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
            number = 0
            try:
                for number, fields in enumerate(table, 1):
                    extra = fields.pop(None, None) if None in fields else None
                    damage = f"has {len(extra)} value(s) more than the heading; quote commas" if extra else ""
                    yield Row(path, number, dict(fields), table.line_num, damage=damage)
            except (csv.Error, UnicodeDecodeError) as error:
                reason = f"bad CSV ({error}); nothing after it can be read: repair the file"
                yield Row(path, number + 1, line=table.line_num + 1, damage=reason)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None


def parquet_rows(path: Path) -> Iterator[Row]:
    """Give the rows of a parquet file, a few in memory at a time.

    Raises:
        MediaError: pyarrow is not installed, or the file is damaged.
    """
    pa, number = _pyarrow(path), 0
    try:
        with pa.parquet.ParquetFile(path, pre_buffer=False) as file:
            names = _class_names(file.schema_arrow.metadata)
            for batch in file.iter_batches(batch_size=_BATCH):
                for fields in batch.to_pylist():
                    number += 1
                    yield Row(path, number, _named(fields, names))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, number, error) from None


def arrow_rows(folder: Path) -> Iterator[Row]:
    """Give the rows of a data set that ``save_to_disk`` wrote; nothing outside the folder is opened.

    Raises:
        MediaError: pyarrow is not installed, the folder holds several splits, or a file is missing or damaged.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = sorted(state.parent.name for state in folder.glob(f"*/{_STATE}"))
        if len(splits) != 1:
            raise MediaError(
                f"{folder}: holds the splits {', '.join(splits) or 'none'}; give the folder of one, "
                f"such as {folder / (splits[0] if splits else 'train')}"
            )
        folder = folder / splits[0]
    number = 0
    for path in _data_files(folder):
        for fields in _arrow_file(path):
            number += 1
            yield Row(path, number, fields)


def is_saved_dataset(folder: Path) -> bool:
    """Tell whether ``save_to_disk`` wrote this folder."""
    return (folder / "dataset_dict.json").is_file() or (
        (folder / _STATE).is_file() and (folder / "dataset_info.json").is_file()
    )


def _data_files(folder: Path) -> list[Path]:
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        names = [str(entry["filename"]) for entry in state["_data_files"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MediaError(f"{folder / _STATE}: is no state of a saved data set ({error}); save the set again") from None
    for name in names:
        if Path(name).name != name or not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise MediaError(f"{folder / _STATE}: names the file {name!r} outside the folder; save the set again")
    return [folder / name for name in names]


def _arrow_file(path: Path) -> Iterator[dict[str, Any]]:
    pa = _pyarrow(path)
    number = 0
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            names = _class_names(stream.schema.metadata)
            for batch in stream:
                for start in range(0, batch.num_rows, _BATCH):
                    for fields in batch.slice(start, _BATCH).to_pylist():
                        number += 1
                        yield _named(fields, names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, number, error) from None


def _pyarrow(path: Path) -> Any:
    try:
        import_module("pyarrow.ipc")
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        raise MediaError(f"{path}: parquet and Arrow files need pyarrow; pip install pyarrow") from None


def _damaged(path: Path, number: int, error: Exception) -> MediaError:
    line = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return MediaError(f"{path}: is damaged or no such table after row {number} ({line}); copy or write the file again")


def _class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Read the names behind the numbers of ClassLabel columns, which datasets keeps beside the schema."""
    try:
        features = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        labels = {name: about["names"] for name, about in features.items() if about.get("_type") == "ClassLabel"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: [str(word) for word in words] for name, words in labels.items() if isinstance(words, Iterable)}


def _named(fields: dict[str, Any], names: Mapping[str, list[str]]) -> dict[str, Any]:
    for name, words in names.items():
        value = fields.get(name)
        if isinstance(value, int) and 0 <= value < len(words):
            fields[name] = words[value]
    return fields
