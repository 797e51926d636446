"""The recipe of PPO: what its keywords build; a run that is stopped between two updates goes on bit for bit."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from mmreason_recipes.ppo import ppo

from mmreason.asks import POLICY, REFERENCE
from mmreason.credit.gae import GAE, Returns
from mmreason.data.sources import Shuffled
from mmreason.data.transit import TransitMaps
from mmreason.engine import Silent
from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.value_loss import ValueLoss
from mmreason.models.value_head import ValueHead
from mmreason.probes.values import CRITIC
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.kl_penalty import TokenKLReward
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.validate import validate


def test_keywords_make_the_parts() -> None:
    recipe = ppo(steps=3, gamma=0.9, lam=1.0, dual=3.0, value_clip=0.2, critic_warmup=2, value_width=16, lora=4)
    validate(recipe)
    assert [role for role, _ in recipe.models] == [POLICY, REFERENCE, CRITIC]
    warmup, stage = recipe.stages
    assert ([type(loss) for loss in warmup.losses], warmup.steps) == ([ValueLoss], 2)
    value, clip = stage.losses
    assert isinstance(value, ValueLoss)
    assert isinstance(clip, ClippedSurrogate)
    assert isinstance(clip.by, GAE)
    assert value.returns == Returns(clip.by)
    assert (clip.by.gamma, clip.by.lam, clip.dual, value.clip) == (0.9, 1.0, 3.0, 0.2)
    assert [type(term) for term in clip.by.tokens] == [TokenKLReward]
    head = dict(recipe.models)[CRITIC]
    assert isinstance(head, ValueHead)
    assert head.width == 16


def test_without_a_kl_there_is_no_reference() -> None:
    recipe = ppo(beta=0.0)
    validate(recipe)
    assert [role for role, _ in recipe.models] == [POLICY, CRITIC]
    assert recipe.stages[-1].losses[1].by.tokens == ()  # type: ignore[attr-defined]
    with pytest.raises(RecipeError, match="ppo: preset 7b needs --data"):
        ppo(preset="7b")


class Stopped(Exception):
    """The power is cut."""


@dataclass
class StopAt(Silent):
    """Stops a run right after an optimiser step."""

    update: int

    def updated(self, run: Run, stage: Stage) -> None:
        if run.updates == self.update:
            raise Stopped


def small() -> Recipe:
    """Two steps of three updates on a few maps."""
    recipe = ppo(steps=2, groups=3, group_size=2, minibatch=1, limit=8, value_width=8, device="cpu")
    (stage,) = recipe.stages
    tasks = Shuffled(TransitMaps(2, types=("TorF1", "Counting1")))
    return replace(recipe, stages=(replace(stage, tasks=tasks),), exams=())


@pytest.mark.slow
def test_a_run_stopped_between_two_updates_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, home = tmp_path / "whole", tmp_path / "stopped"
    saving: Any = {"saving": Saving(every=1, unit="update", keep=-1, curves=-1), "quiet": True}
    train_recipe(small(), whole, **saving)
    for update in (2, 5):  # the checkpoints before them stand inside the buffers of the first and the second step
        with pytest.raises(Stopped):
            train_recipe(small(), home, resume=update == 5, observers=[StopAt(update)], **saving)
    names = [path.name for path in checkpoint.found(home)]
    assert names == [
        f"step_{name}" for name in ("000000_update_001", "000000_update_002", "000001", "000001_update_001")
    ]
    train_recipe(small(), home, resume=True, **saving)
    lines = [
        [json.loads(line)["metrics"] for line in (path / "metrics.jsonl").read_text().splitlines()]
        for path in (whole, home)
    ]
    assert lines[0] == lines[1]
    for name in ("policy/model.safetensors", "critic/value_head.safetensors"):
        a, b = (path / "checkpoints" / "step_000002" / name for path in (whole, home))
        assert a.read_bytes() == b.read_bytes()
