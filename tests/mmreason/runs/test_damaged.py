"""Resuming where the newest checkpoints are damaged: the newest intact one is taken, and the user hears of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mmreason.errors import CheckpointError
from mmreason.runs import checkpoint
from mmreason.runs.driver import train_recipe
from tests.mmreason.runs.drill import EVERY_UPDATE, same_runs
from tests.mmreason.runs.test_driver import Crash, CrashAt
from tests.mmreason.runs.world import recipe

SMALL = recipe(steps=1)
KEPT = ["step_000000_update_003", "step_000001"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never stopped."""
    home = tmp_path_factory.mktemp("runs") / "whole"
    train_recipe(SMALL, home, saving=EVERY_UPDATE, quiet=True)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A run that died after its fifth update, with two checkpoints."""
    with pytest.raises(Crash):
        train_recipe(SMALL, tmp_path / "run", saving=EVERY_UPDATE, quiet=True, observers=[CrashAt(5)])
    assert [path.name for path in checkpoint.found(tmp_path / "run")] == KEPT
    return tmp_path / "run"


def damaged(home: Path, name: str, file: str) -> None:
    path = home / "checkpoints" / name / file
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("quiet", [False, True])
def test_the_newest_intact_one_is_taken_and_the_user_hears_of_it(
    whole: Path, home: Path, quiet: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged(home, KEPT[1], "policy/model.safetensors")
    train_recipe(SMALL, home, saving=EVERY_UPDATE, resume=True, quiet=quiet, sinks=None if quiet else [])
    told = capsys.readouterr()
    said = " ".join((told.err if quiet else told.out).split())
    assert "policy/model.safetensors is damaged or was exchanged; changed: tensor" in said
    assert "it is put aside as damaged-step_000001" in said
    assert "going back to step_000000_update_003, the newest that is intact; what followed it is made again" in said
    same_runs(whole, home)
    assert "damaged-step_000001" in {path.name for path in (home / "checkpoints").iterdir()}


def test_a_copy_that_was_cut_short_is_not_taken(whole: Path, home: Path) -> None:
    (home / "checkpoints" / KEPT[1] / "state.pt").unlink()
    train_recipe(SMALL, home, saving=EVERY_UPDATE, resume=True, quiet=True)
    same_runs(whole, home)


def test_where_none_is_intact_nothing_is_touched(home: Path) -> None:
    damaged(home, KEPT[0], "state.pt")
    shutil.rmtree(home / "checkpoints" / KEPT[1] / "policy")
    before = sorted(home.rglob("*"))
    with pytest.raises(CheckpointError, match=r"no checkpoint in .* is intact: step_000001: .* is missing") as error:
        train_recipe(SMALL, home, saving=EVERY_UPDATE, resume=True, quiet=True)
    assert "\n" not in str(error.value)
    assert sorted(home.rglob("*")) == before
