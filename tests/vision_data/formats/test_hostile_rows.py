"""Whatever stands in a field, a row is read or refused in one line; nothing else happens."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from vision_data.errors import MediaError
from vision_data.formats import FORMATS, Record, Rejected, TaskWriter
from vision_data.formats.read import Reader
from vision_data.formats.rows import data_folder, read_rows

from .test_samples import DATA, SAMPLES

HOSTILE: list[Any] = [
    None, "", " ", "x", 0, -1, 10**400, 1e308, float("nan"), float("inf"), True, [], [[]], {}, [None], [1, "x"],
    ["a.png"], {"a": 1}, [{"role": "user", "content": "<image>"}], [{"role": 5}], "<image><image>", "[[1,2,3,4]]",
    "[" * 500, "../../etc/passwd", "/dev/zero", "file:///etc/passwd", "https://example.org/a.png", "\0", "\ud800",
    "x" * 10_000, {"bytes": "!!"}, {"bytes": 5}, b"\x89PNG", "<answer></answer>", "NaN", "A,Q", {"A": 1, "C": 2},
    range(3),
]  # fmt: skip


def mutations(value: Any, rng: random.Random, num: int) -> list[Any]:
    """Copies of a row in which one field, at any depth, is gone or hostile."""
    out = []
    for _ in range(num):
        copy = clone(value)
        holder, key = rng.choice(list(places(copy)))
        if isinstance(holder, dict) and rng.random() < 0.2:
            del holder[key]
        else:
            holder[key] = rng.choice(HOSTILE)
        out.append(copy)
    return out


def clone(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    return [clone(item) for item in value] if isinstance(value, list) else value


def places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from places(item)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_hostile_values_anywhere(name: str, tmp_path: Path) -> None:
    path = DATA / SAMPLES[name]
    rng = random.Random(name)
    kind, reader = FORMATS[name], Reader(path, name)
    read = refused = 0
    with TaskWriter(tmp_path) as writer:
        for row in read_rows(path):
            for value in mutations(row.value, rng, 60):
                changed = row.__class__(row.path, row.number, value, row.line, row.key)
                for item in reader._of_row(changed, kind, reader.folder(), None):
                    if isinstance(item, Rejected):
                        refused += 1
                        assert item.reason.startswith(row.where)
                        assert "\n" not in item.reason
                        assert len(item.reason) < 1000
                    else:
                        read += 1
                        assert isinstance(item, Record)
                        assert item.meta.path.is_relative_to(data_folder(path))
                        with suppress(MediaError):
                            writer.write(item)
    assert read
    assert refused
