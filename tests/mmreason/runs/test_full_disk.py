"""A disk that takes no more: one line, the last checkpoint is whole, and with room again the run goes on."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mmreason.engine import Silent
from mmreason.errors import CheckpointError
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.atomic import PREFIX
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from tests.mmreason.runs.drill import same_runs
from tests.mmreason.runs.world import recipe

SMALL = recipe(steps=1)


def saving(background: bool) -> Saving:
    return Saving(every=1, unit="update", curves=-1, background=background)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a disk with room."""
    home = tmp_path_factory.mktemp("runs") / "whole"
    train_recipe(SMALL, home, quiet=True, saving=saving(False))
    return home


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file may become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def written() -> None:
    """Wait for a checkpoint that a thread is writing: the disk fills after it, not under it."""
    for thread in threading.enumerate():
        if thread.name == "checkpoint":
            thread.join()


class FillsUp(Silent):
    """From an update on there is no room."""

    def __init__(self, updates: int, size: int) -> None:
        self.updates, self.room = updates, files_up_to(size)

    def updated(self, run: Run, *rest: Any) -> None:
        if run.updates == self.updates:
            written()
            self.room.__enter__()

    def stepped(self, run: Run, *rest: Any) -> None:
        self.updated(run)


def refused(home: Path, observer: FillsUp, background: bool) -> str:
    """Train until there is no room; gives what the user is told."""
    try:
        with pytest.raises(CheckpointError) as error:
            train_recipe(SMALL, home, quiet=True, saving=saving(background), observers=[observer])
    finally:
        observer.room.__exit__(None, None, None)
    assert "\n" not in str(error.value)
    assert list(home.rglob(f"{PREFIX}*")) == []
    return str(error.value)


# 4,000 bytes hold the logs, but no weights; 40 bytes hold not even a line.
@pytest.mark.parametrize(("updates", "size"), [(3, 4_000), (2, 40)])
@pytest.mark.parametrize("background", [False, True])
def test_a_full_disk_stops_the_run_in_one_line_and_room_is_all_it_needs(
    whole: Path, tmp_path: Path, updates: int, size: int, background: bool
) -> None:
    home = tmp_path / "run"
    told = refused(home, FillsUp(updates, size), background)
    assert "File too large" in told
    assert "make room and go on with --resume" in told
    newest = checkpoint.newest_intact(home, lambda text: pytest.fail(text))
    assert newest is not None
    assert checkpoint.order(newest) == (0, updates - 1)
    train_recipe(SMALL, home, quiet=True, saving=saving(background), resume=True)
    same_runs(whole, home)


def test_logs_that_meet_a_full_disk_name_the_checkpoint_that_is_left(whole: Path, tmp_path: Path) -> None:
    home, once = tmp_path / "run", Saving(every=3, unit="update", curves=-1)
    full = FillsUp(4, 40)
    try:
        with pytest.raises(CheckpointError, match="the newest checkpoint is step_000000_update_003; make room"):
            train_recipe(SMALL, home, quiet=True, saving=once, observers=[full])
    finally:
        full.room.__exit__(None, None, None)
    train_recipe(SMALL, home, quiet=True, saving=once, resume=True)
    same_runs(whole, home)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    ran = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, check=False)
    if ran.returncode:
        pytest.skip("only root may mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(os.name != "posix", reason="mounts a tmpfs")
@pytest.mark.parametrize("background", [False, True])
def test_no_space_left_on_a_real_file_system(whole: Path, small_disk: Path, background: bool) -> None:
    ballast = small_disk / "ballast"

    class Eats(Silent):
        """Somebody else fills the disk."""

        def updated(self, run: Run, *rest: Any) -> None:
            if run.updates == 3:
                written()
                room = os.statvfs(small_disk)
                ballast.write_bytes(bytes(max(room.f_bavail * room.f_frsize - 8_192, 0)))

    home = small_disk / "run"
    with pytest.raises(CheckpointError, match=r"No space left on device.*make room and go on with --resume"):
        train_recipe(SMALL, home, quiet=True, saving=saving(background), observers=[Eats()])
    ballast.unlink()
    newest = checkpoint.newest_intact(home, lambda text: pytest.fail(text))
    assert newest is not None
    assert checkpoint.order(newest) == (0, 2)
    train_recipe(SMALL, home, quiet=True, saving=saving(background), resume=True)
    same_runs(whole, home)
