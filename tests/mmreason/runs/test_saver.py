"""Checkpoints that are written in a thread: the same files, errors that are heard, and nothing lost at any end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.engine import Silent
from mmreason.errors import CheckpointError
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.driver import train_recipe
from mmreason.runs.plain_file import read_plain
from mmreason.runs.recorder import Recorder, Saving
from tests.mmreason.runs.drill import EVERY_UPDATE, files_of, same_runs
from tests.mmreason.runs.test_driver import Crash, CrashAt
from tests.mmreason.runs.world import SavedLM, recipe, written

SMALL = recipe(steps=1)
ALL = replace(EVERY_UPDATE, keep=-1)
IN_THREAD = replace(ALL, background=True)


def train(home: Path, saving: Saving, **options: Any) -> dict[str, Any]:
    return train_recipe(SMALL, home, quiet=True, saving=saving, **options)


@pytest.fixture(autouse=True)
def every_step_takes_one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a run took stands in its checkpoints; here it does not depend on the machine."""
    monkeypatch.setattr(Recorder, "seconds", lambda self: 1.0)


def contents(home: Path) -> dict[str, bytes]:
    """Files of checkpoints, without the lengths of logs that hold times."""
    return {name: data for name, data in files_of(home, "checkpoints/**/*").items() if "costs" not in name}


def states(home: Path) -> list[dict[str, Any]]:
    told = [read_plain(path / "state.pt") for path in checkpoint.found(home)]
    for state in told:
        state["extra"]["sinks"] = None  # lengths of files with times in them
    return told


def test_what_a_thread_writes_is_byte_for_byte_the_same(tmp_path: Path) -> None:
    plain, thread = tmp_path / "plain", tmp_path / "thread"
    train(plain, ALL)
    train(thread, IN_THREAD)
    same_runs(plain, thread)
    one, other = contents(plain), contents(thread)
    assert set(one) == set(other)
    for name in one:
        if Path(name).name not in ("state.pt", "checksums.json"):
            assert one[name] == other[name], name
    assert len(states(plain)) == 8
    for before, after in zip(states(plain), states(thread), strict=True):
        assert torch.equal(before["rng"][0].pop("torch"), after["rng"][0].pop("torch"))
        assert plainly(before) == plainly(after)


def plainly(value: Any) -> Any:
    """Tensors as bytes, to be compared."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {key: plainly(item) for key, item in value.items()}
    return [plainly(item) for item in value] if isinstance(value, list | tuple) else value


class Held(threading.Event):
    """Lets a thread write only when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: Callable[[Path], None] | None = None) -> None:
        super().__init__()
        write = checkpoint.Snapshot.write

        def held(snapshot: checkpoint.Snapshot, path: Path) -> None:
            assert self.wait(60)
            if fails:
                fails(path)
            write(snapshot, path)

        monkeypatch.setattr(checkpoint.Snapshot, "write", held)


def test_the_run_goes_on_while_a_thread_writes_and_the_copy_does_not_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path / "plain", replace(ALL, every=2))
    held, seen = Held(monkeypatch), []

    class Watches(Silent):
        def updated(self, run: Run, stage: Stage) -> None:
            seen.append((run.updates, checkpoint.latest(tmp_path / "run")))
            if run.updates == 3:
                held.set()

    train(tmp_path / "run", replace(IN_THREAD, every=2), observers=[Watches()])
    assert seen[:3] == [(1, None), (2, None), (3, None)], "the thread was still waiting"
    same_runs(tmp_path / "plain", tmp_path / "run")
    name = "checkpoints/step_000000_update_002/policy/model.safetensors"
    assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()


def test_what_a_thread_could_not_write_stops_the_run_and_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        if path.name != "step_000000_update_001":
            raise CheckpointError(f"{path} could not be written: No space left on device")

    Held(monkeypatch, full).set()
    with pytest.raises(CheckpointError, match="step_000000_update_002 could not be written: No space left"):
        train(tmp_path / "run", IN_THREAD)
    assert [path.name for path in checkpoint.found(tmp_path / "run")] == ["step_000000_update_001"]
    monkeypatch.undo()
    train(tmp_path / "run", IN_THREAD, resume=True)
    train(tmp_path / "plain", ALL)
    same_runs(tmp_path / "plain", tmp_path / "run")


def test_a_run_that_dies_of_something_else_still_has_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)

    class LetsGo(CrashAt):
        def updated(self, run: Run, stage: Stage) -> None:
            if run.updates == self.updates:
                held.set()
            super().updated(run, stage)

    with pytest.raises(Crash):
        train(tmp_path / "run", replace(IN_THREAD, every=3), observers=[LetsGo(4)])
    assert [path.name for path in checkpoint.found(tmp_path / "run")] == ["step_000000_update_003"]


def test_a_part_that_cannot_be_copied_is_saved_before_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path / "plain", ALL)
    monkeypatch.delattr(SavedLM, "snapshot")
    monkeypatch.setattr(SavedLM, "save", lambda self, folder: written(folder, self.core.state_dict()))
    train(tmp_path / "run", IN_THREAD)
    same_runs(tmp_path / "plain", tmp_path / "run")


def test_a_checkpoint_that_is_there_is_not_written_twice(tmp_path: Path) -> None:
    run = Run({})
    run.open(SMALL)
    recorder = Recorder(SMALL, tmp_path, IN_THREAD)
    recorder.begin(run, None)
    first = recorder.save(run)
    recorder.saver.settle(run.across)
    before = first.stat().st_ino
    assert recorder.save(run) == first
    recorder.saver.settle(run.across)
    assert first.stat().st_ino == before
