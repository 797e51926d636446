"""AITZ as it is unpacked: a folder with a JSON file for each episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.data.formats import FormatTasks
from mmreason.data.media_check import MediaCheck
from mmreason.data.records import BadRecord, OnBadRecord, collect, parse_json, read_text
from mmreason.errors import DataError
from mmreason.types import Task


@dataclass(frozen=True)
class AitzEpisodes:
    """The steps of all episodes below a folder, Android in the Zoo (arXiv:2403.02713); files in the order of names.

    Args:
        path: the data set, a split of it, or one kind of task: ``train/general``. Screens are looked for from the
            files' folders upwards.
        on_bad_record: ``stop`` at the first bad record, or ``skip`` and list them.
    """

    path: str | Path
    on_bad_record: OnBadRecord = "stop"

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all episodes.

        Raises:
            DataError: there is none, one cannot be read, or, under ``stop``, a record is bad.
        """
        return collect(self.path, self.walk(), self.on_bad_record)

    def walk(self) -> Iterator[Task | BadRecord]:
        """Give every task, or what is wrong with its step."""
        top = Path(self.path)
        files = sorted(top.rglob("*.json"))
        if not files:
            raise DataError(f"{top}: holds no JSON file, expected one for each episode of AITZ")
        check = MediaCheck(False)
        for file in files:
            rows = parse_json(read_text(file), str(file))
            yield from FormatTasks(file, "aitz", root_of(file, top, rows)).walk(check)


def root_of(file: Path, top: Path, rows: Any) -> Path:
    """The nearest folder, from the file's own up to the one above ``top``, from which the first screen is found."""
    first = rows[0] if isinstance(rows, Sequence) and rows and isinstance(rows[0], dict) else {}
    name = str(first.get("image_path", ""))
    around = [folder for folder in file.parents if folder == top.parent or top in (folder, *folder.parents)]
    return next((folder for folder in around if name and (folder / name).is_file()), file.parent)
