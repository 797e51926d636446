"""Real processes, really killed: what is left goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from mmreason.runs import checkpoint
from tests.mmreason.runs.drill import code_of, same_runs, start

pytestmark = [pytest.mark.slow, pytest.mark.guard]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in a process that was left alone."""
    home = tmp_path_factory.mktemp("runs") / "whole"
    assert code_of(start(home)) == 0
    return home


def newest(home: Path) -> str:
    path = checkpoint.latest(home)
    return path.name if path else ""


def test_a_run_that_is_killed_again_and_again_ends_as_if_it_never_was(whole: Path, tmp_path: Path) -> None:
    home = tmp_path / "run"
    # Between two updates of the first buffer, between two steps, and in the last buffer of the second stage.
    for updates, left in ((3, "step_000000_update_002"), (8, "step_000001_update_003"), (23, "step_000005_update_002")):
        assert code_of(start(home, signal.SIGKILL, updates=updates)) == -signal.SIGKILL
        assert newest(home) == left
    assert code_of(start(home)) == 0
    same_runs(whole, home)


def test_a_kill_in_the_middle_of_a_save_leaves_the_checkpoint_before(whole: Path, tmp_path: Path) -> None:
    home = tmp_path / "run"
    assert code_of(start(home, save=6)) == -signal.SIGKILL
    assert newest(home) == "step_000001_update_001"
    drafts = [path for path in (home / "checkpoints").iterdir() if not checkpoint.NAME.fullmatch(path.name)]
    assert [(draft / "state.pt").is_file() for draft in drafts] == [True]
    assert code_of(start(home)) == 0
    same_runs(whole, home)
    assert len(list((home / "checkpoints").iterdir())) == 2


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 75)])
def test_an_interrupt_saves_and_leaves(whole: Path, tmp_path: Path, signum: int, code: int) -> None:
    home = tmp_path / "run"
    assert code_of(start(home, signum, updates=6)) == code
    assert newest(home) == "step_000001_update_002"
    assert code_of(start(home)) == 0
    same_runs(whole, home)


def test_a_kill_from_outside_at_any_moment_loses_nothing(whole: Path, tmp_path: Path) -> None:
    home = tmp_path / "run"
    for _ in range(2):
        before, process = newest(home), start(home)
        deadline = time.monotonic() + 240
        while newest(home) == before and process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        assert code_of(process) == -signal.SIGKILL
    assert newest(home)
    assert code_of(start(home)) == 0
    same_runs(whole, home)
