from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason import engine
from mmreason.asks import POLICY
from mmreason.engine import Silent
from mmreason.errors import CheckpointError
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorded import RecordedTasks, buffers, recorded
from mmreason.runs.recorder import Saving
from mmreason.types import Batch
from tests.mmreason.runs.world import Gru, recipe

PLAIN = replace(recipe(steps=2), exams=())
PLAIN = replace(PLAIN, stages=(replace(PLAIN.stages[0], surveys=()),))
STAGE = PLAIN.stages[0]


class Weights(Silent):
    """Keeps the weights after each step, and counts what was sampled."""

    def __init__(self) -> None:
        self.after: list[dict[str, torch.Tensor]] = []
        self.metrics: list[dict[str, float]] = []

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        self.after.append({k: v.clone() for k, v in run.models[POLICY].core.state_dict().items()})
        self.metrics.append(metrics)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Weights]:
    """A run with all its buffers, and its weights after each step."""
    home, weights = tmp_path_factory.mktemp("runs") / "live", Weights()
    saving = Saving(buffers=-1, curves=-1, traces=0)
    train_recipe(PLAIN, home, saving=saving, quiet=True, observers=[weights])
    return home, weights


def learned_again(stage: Stage, seed: int = 99) -> tuple[Weights, Run]:
    run, weights = Run({}, seed=seed), Weights()
    of = Recipe(name="again", stages=(stage,), models=((POLICY, Gru()),))
    run.open(of)
    sampled = run.models[POLICY].sample
    run.models[POLICY].sample = lambda *a: pytest.fail("something was sampled") or sampled(*a)
    engine.train(of, run, weights)
    return weights, run


def unguarded(metrics: dict[str, float]) -> dict[str, float]:
    """Without what guards measured, who watch live runs alone."""
    return {name: value for name, value in metrics.items() if "/guard/" not in name}


def test_learning_again_from_all_buffers_gives_the_same_weights(live: tuple[Path, Weights]) -> None:
    home, before = live
    after, _ = learned_again(recorded(STAGE, str(home / "buffers")))
    assert len(after.after) == 2
    assert all(map(same, before.after, after.after))
    assert [unguarded(m) for m in before.metrics] == [unguarded(m) for m in after.metrics]
    assert not same(after.after[0], after.after[1])


def test_what_is_upcoming_is_what_comes(live: tuple[Path, Weights]) -> None:
    source = RecordedTasks(str(live[0] / "buffers")).open(Run({}))
    for _ in range(5):
        before = source.state_dict()
        told = source.upcoming(3)
        assert source.state_dict() == before
        assert [t.id for t in told] == [t.id for t in source.upcoming(1)] == [t.id for t in source.next(3)]


def test_one_buffer_is_one_step(live: tuple[Path, Weights]) -> None:
    home, before = live
    after, _ = learned_again(recorded(STAGE, str(home / "buffers" / "step_000001.pt")))
    assert len(after.after) == 1
    assert same(before.after[0], after.after[0])


def test_another_loss_can_be_tried_on_the_same_rollouts(live: tuple[Path, Weights]) -> None:
    home, before = live
    other = replace(STAGE, losses=(replace(STAGE.losses[0], low=0.0, high=0.0, weight=0.5),))  # type: ignore[call-arg]
    after, _ = learned_again(recorded(other, str(home / "buffers" / "step_000001.pt")))
    assert not same(before.after[0], after.after[0])


def test_what_the_buffer_does_not_know_is_measured_again(live: tuple[Path, Weights]) -> None:
    home, _ = live
    other = replace(STAGE, rewards=(replace(STAGE.rewards[0], weight=2.0),))
    after, _ = learned_again(recorded(other, str(home / "buffers" / "step_000001.pt")))
    metrics: Any = after.metrics[0]
    assert metrics["first/reward"] == 2.0 * metrics["first/accuracy"]


def test_a_path_without_buffers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is no buffer and no folder with buffers"):
        recorded(STAGE, str(tmp_path))
    with pytest.raises(CheckpointError, match="is no buffer"):
        buffers(str(tmp_path / "missing.pt"))


def test_tasks_of_another_buffer_are_refused(live: tuple[Path, Weights]) -> None:
    home, _ = live
    mixed = replace(
        recorded(STAGE, str(home / "buffers")), tasks=RecordedTasks(str(home / "buffers" / "step_000002.pt"))
    )
    with pytest.raises(CheckpointError, match="holds other tasks than were drawn for step 0"):
        learned_again(mixed)


def test_a_damaged_buffer_is_refused(live: tuple[Path, Weights], tmp_path: Path) -> None:
    home, _ = live
    path = Path(shutil.copy(home / "buffers" / "step_000001.pt", tmp_path / "step_000001.pt"))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CheckpointError, match=r"step_000001\.pt .* cannot be read"):
        learned_again(recorded(STAGE, str(path)))


def test_the_source_goes_on_where_it_was(live: tuple[Path, Weights]) -> None:
    home, _ = live
    spec = RecordedTasks(str(home / "buffers"))
    first: Any = spec.open(Run({}))
    one = first.next(1)
    second: Any = spec.open(Run({}))
    second.load_state_dict(first.state_dict())
    assert [t.id for t in second.next(3)] == [t.id for t in first.next(99)]
    assert [t.id for t in first.next(1)] == [t.id for t in one]
