"""The sample files, and small data sets that tests write themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from vision_data.formats import Record, Rejected
from vision_data.formats.read import Reader

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write records as JSONL beside the pictures ``a.png`` and ``b.png``."""
    for name, colour in (("a.png", "red"), ("b.png", "blue")):
        PIL.Image.new("RGB", (8, 6), colour).save(tmp_path / name)

    def make(*records: Any, name: str = "data.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return path

    return make


@pytest.fixture
def items() -> Callable[..., tuple[list[Record], list[Rejected]]]:
    """Read everything; gives records and rejected rows."""

    def read_all(path: Path, *words: Any, **settings: Any) -> tuple[list[Record], list[Rejected]]:
        found = list(Reader(path, *words, **settings))
        return [x for x in found if isinstance(x, Record)], [x for x in found if isinstance(x, Rejected)]

    return read_all
