"""Killed at random points of its saves, a run always has a whole checkpoint, leaves no litter, and loses nothing."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.atomic import PREFIX
from tests.mmreason.runs.drill import EVERY_UPDATE, Kill, code_of, same_runs, start
from tests.mmreason.runs.world import recipe

pytestmark = pytest.mark.slow
small = partial(recipe, steps=1)
CHANGES, BYTES = 150, 40_000
"""More changes of files than two saves make, and more bytes than the largest file of a checkpoint has."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was left alone."""
    home = tmp_path_factory.mktemp("runs") / "whole"
    assert code_of(start(home, build=small)) == 0
    return home


def points(num: int, seed: int) -> Iterator[Kill]:
    """Random points: two of three between two changes of files, one in the middle of a file."""
    rng = random.Random(seed)
    for i in range(num):
        in_file = Kill(rng.randrange(1, BYTES), save=rng.randrange(1, 4))
        yield in_file if i % 3 == 2 else Kill(rng.randrange(1, CHANGES))


def is_sound(home: Path) -> None:
    """The newest checkpoint is as it was written and loads; killed writers left at most one draft of each kind."""
    said: list[str] = []
    newest = checkpoint.newest_intact(home, said.append)
    assert said == []
    if newest is not None:
        one, run = small(), Run({})
        run.open(one)
        checkpoint.load(run, one, newest)
        assert checkpoint.name_for(one, run) == newest.name
    drafts = [path for path in home.rglob(f"{PREFIX}*") if PREFIX not in str(path.parent)]
    assert len(drafts) <= 2
    assert len(checkpoint.found(home)) <= 3


@pytest.mark.parametrize("background", [False, True])
@pytest.mark.parametrize("num", [pytest.param(4, marks=pytest.mark.guard), 30])
def test_killed_anywhere_in_a_save(whole: Path, tmp_path: Path, num: int, background: bool) -> None:
    saving, home, killed = replace(EVERY_UPDATE, background=background), tmp_path / "run-0", 0
    for number, kill in enumerate(points(num, seed=num + background)):
        code = code_of(start(home, build=small, saving=saving, kill=kill))
        is_sound(home)
        if code == 0:  # it came to its end before that point
            same_runs(whole, home)
            home = tmp_path / f"run-{number + 1}"
        else:
            assert code in (-signal.SIGKILL, -signal.SIGXFSZ)
            killed += 1
    assert killed > num / 2
    assert code_of(start(home, build=small, saving=saving)) == 0
    same_runs(whole, home)
    assert {path.name for path in (home / "checkpoints").iterdir()} == {"step_000001_update_003", "step_000002"}
    assert list(home.rglob(f"{PREFIX}*")) == []
