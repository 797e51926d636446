"""The command line as a user sees it, and small data sets to point it at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mmreason.cli.main import main
from vision_data.generators.transit import write_dataset


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run ``mmreason`` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return run


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one map, a question of each type."""
    return write_dataset(tmp_path_factory.mktemp("drawn") / "maps", 1, seed=5).parent


@pytest.fixture
def records(drawn: Path, tmp_path: Path) -> Path:
    """A copy of the records that a test may damage; six lines."""
    shutil.copytree(drawn, tmp_path / "maps")
    return tmp_path / "maps" / "records.jsonl"


def change(path: Path, number: int, **fields: Any) -> None:
    """Set fields of record ``number`` (from 1); None takes a field out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[number - 1]) | fields
    lines[number - 1] = json.dumps({name: value for name, value in record.items() if value is not None})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def damage() -> Callable[..., None]:
    """Gives ``change``."""
    return change
