from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmreason import engine
from mmreason.asks import POLICY
from mmreason.engine import Silent
from mmreason.errors import CheckpointError
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.atomic import PREFIX
from tests.mmreason.runs.world import recipe


class Enough(Exception):
    """Stops a run."""


class StopAt(Silent):
    """Stops after so many updates, in the middle of a buffer where that is where they end."""

    def __init__(self, updates: int) -> None:
        self.updates = updates

    def updated(self, run: Run, stage: Stage) -> None:
        if run.updates == self.updates:
            raise Enough

    def stepped(self, run: Run, stage: Stage, *rest: Any) -> None:
        self.updated(run, stage)


def opened(of: Recipe, seed: int = 0) -> Run:
    run = Run({}, seed=seed)
    run.open(of)
    return run


def stopped(of: Recipe, updates: int) -> Run:
    """A run that has made so many updates."""
    run = opened(of)
    with pytest.raises(Enough):
        engine.train(of, run, StopAt(updates))
    return run


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder with a checkpoint in the middle of the first buffer."""
    home = tmp_path_factory.mktemp("half")
    checkpoint.save(stopped(recipe(steps=1), 3), recipe(steps=1), home, {"note": [1, 2]})
    return home


def test_a_checkpoint_brings_back_everything(half: Path) -> None:
    one, run = recipe(steps=1), opened(recipe(steps=1))
    before = stopped(one, 3)
    newest = checkpoint.latest(half)
    assert newest is not None
    assert newest.name == "step_000000_update_003"
    assert checkpoint.load(run, one, newest) == {"note": [1, 2]}
    assert (run.stage, run.step, run.updates, run.examined) == (0, 0, 3, 1)
    assert run.history == before.history
    assert run.pending is not None
    assert before.pending is not None
    assert (run.pending.at, run.pending.logged) == (3, before.pending.logged)
    for name, weight in before.models[POLICY].core.state_dict().items():
        assert torch.equal(weight, run.models[POLICY].core.state_dict()[name])
    assert run.state_dict()["sources"] == before.state_dict()["sources"]


def test_random_generators_go_on_where_they_were(half: Path) -> None:
    torch.manual_seed(1)
    torch.rand(3)
    state = checkpoint.rng_state()
    expected = torch.rand(5)
    torch.manual_seed(2)
    checkpoint.set_rng_state(state)
    assert torch.equal(torch.rand(5), expected)


def test_checkpoints_sort_in_time_and_drafts_do_not_count(tmp_path: Path) -> None:
    names = ["step_000009", "step_000010", "step_000009_update_010", "step_000009_update_009", "step_1000000"]
    for name in (*names, f"{PREFIX}step_000011-1", "step_000012_half", "other"):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
    assert [path.name for path in checkpoint.found(tmp_path)] == [
        "step_000009", "step_000009_update_009", "step_000009_update_010", "step_000010", "step_1000000",
    ]  # fmt: skip
    assert checkpoint.latest(tmp_path / "nothing") is None


@pytest.mark.parametrize(("keep", "left"), [(1, [4]), (2, [3, 4]), (9, [1, 2, 3, 4]), (-1, [1, 2, 3, 4])])
def test_only_the_newest_are_kept(tmp_path: Path, keep: int, left: list[int]) -> None:
    for number in (1, 2, 3, 4):
        (tmp_path / "checkpoints" / f"step_{number:06d}").mkdir(parents=True)
    checkpoint.rotate(tmp_path, keep)
    assert [checkpoint.order(path)[0] for path in checkpoint.found(tmp_path)] == left


def test_a_save_that_fails_leaves_the_older_checkpoint(half: Path, tmp_path: Path, monkeypatch: Any) -> None:
    one = recipe(steps=1)
    run = opened(one)
    good = checkpoint.save(run, one, tmp_path)
    run.updates, run.step = 4, 1

    def full(path: Path, data: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_plain", full)
    with pytest.raises(CheckpointError, match="could not be written: No space left on device; make room"):
        checkpoint.save(run, one, tmp_path, keep=1)
    assert checkpoint.found(tmp_path) == [good]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [good.name]


def copied(half: Path, to: Path) -> Path:
    import shutil

    source = checkpoint.latest(half)
    assert source is not None
    return Path(shutil.copytree(source, to / source.name))


def refuses(folder: Path, match: str, of: Recipe | None = None, seed: int = 0) -> None:
    of = of or recipe(steps=1)
    with pytest.raises(CheckpointError, match=match) as error:
        checkpoint.load(opened(of, seed), of, folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["state.pt", "buffer.pt"])
def test_a_file_that_was_cut_off_is_refused(half: Path, tmp_path: Path, name: str) -> None:
    folder = copied(half, tmp_path)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    refuses(folder, rf"{name} \(\d+ bytes\) cannot be read: it is cut off")


def test_missing_files_are_refused(half: Path, tmp_path: Path) -> None:
    folder = copied(half, tmp_path)
    (folder / "policy").rename(folder / "gone")
    refuses(folder, "has no weights of 'policy'")
    (folder / "state.pt").unlink()
    refuses(folder, "state.pt does not exist")


@pytest.mark.parametrize("new", [None, "renamed"])
def test_a_tensor_that_is_missing_or_renamed_is_refused(half: Path, tmp_path: Path, new: str | None) -> None:
    folder = copied(half, tmp_path)
    weights = load_file(folder / "policy" / "model.safetensors")
    value = weights.pop("head.weight")
    save_file(weights | ({new: value} if new else {}), folder / "policy" / "model.safetensors")
    refuses(folder, "do not fill the model exactly.*head.weight")


def test_another_recipe_is_refused_by_stage_and_slot(half: Path) -> None:
    folder = checkpoint.latest(half)
    assert folder is not None
    refuses(folder, r"stages\[0\] 'first'\.losses\[0\]\.low: 0\.2 before, 0\.3 now", recipe(steps=1, low=0.3))
    refuses(folder, r"'first'\.steps: 1 before, 2 now", recipe(steps=2))
    refuses(folder, r"models\[0\]\[1\]\.lr: 0\.02 before, 0\.5 now", recipe(steps=1, lr=0.5))


def test_another_seed_is_refused(half: Path) -> None:
    folder = checkpoint.latest(half)
    assert folder is not None
    refuses(folder, "seed 0, this one has seed 7: resume with the same seed", seed=7)
