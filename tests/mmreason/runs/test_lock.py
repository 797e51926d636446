"""A run's folder is one process's at a time: tried with a second one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmreason.errors import CheckpointError
from mmreason.runs.driver import train_recipe
from mmreason.runs.lock import FILE, held
from mmreason.runs.recorder import Saving
from tests.mmreason.runs.world import recipe

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from pathlib import Path
from mmreason.runs.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="no such locks")


@contextmanager
def another(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the folder until it is told to end."""
    words, env = [sys.executable, "-c", HOLD, str(home)], {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def train(home: Path, resume: bool = False) -> None:
    train_recipe(recipe(steps=1), home, quiet=True, saving=Saving(curves=-1), resume=resume)


def test_a_second_process_is_refused_and_a_killed_one_is_no_hindrance(tmp_path: Path) -> None:
    home = tmp_path / "run"
    with another(home) as process:
        for resume in (False, True):
            with pytest.raises(
                CheckpointError, match=rf"{home} is in use by process {process.pid} on .*another --name"
            ):
                train(home, resume)
        assert [path.name for path in home.iterdir()] == [FILE], "nothing was changed"
        process.kill()
        process.wait()
        assert (home / FILE).exists()
        train(home)
    assert not (home / FILE).exists()


def test_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    with another(tmp_path) as process:
        process.communicate()
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
    with held(tmp_path):
        assert (tmp_path / FILE).read_text().startswith(f"process {os.getpid()} on ")


def test_a_folder_that_cannot_be_locked_is_told_by_whoever_writes_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with held(tmp_path / "file"):
        pass
    assert (tmp_path / "file").is_file()
