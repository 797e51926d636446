"""Rewards are tried on the gold answer and on decoys before training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from mmreason.checks import rewards_on_gold
from mmreason.data.sources import InOrder
from mmreason.data.transit import TransitMaps
from mmreason.errors import CheckError
from mmreason.recipe import Stage
from mmreason.rewards.base import CompletionReward, Term
from mmreason.rewards.difficulty import MapDifficulty
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.times import Times
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.types import Batch, Completion, Group, Task


@dataclass(frozen=True)
class Substring(CompletionReward):
    """The classic mistake: an answer that lies inside the gold one counts, and nothing lies inside everything."""

    def rate(self, task: Task, completion: Completion) -> float:
        return float(completion.text in (task.answer or "")) / (1 + len(completion.text))


def tried(tmp_path: Path, reward: CompletionReward | Times) -> int:
    run = Run({}, home=tmp_path)
    maps = TransitMaps(3)
    stage = Stage(tasks=InOrder(maps), rollout=Sample(), rewards=(Term("accuracy", reward),))
    tasks = run.source(InOrder(maps)).next(18)
    return rewards_on_gold(run, stage, Batch(tuple(Group(task, ()) for task in tasks)))


def test_the_recipe_rewards_prefer_gold_to_decoys(tmp_path: Path) -> None:
    assert tried(tmp_path, Times(ReasonMapAccuracy(), MapDifficulty())) == 18


def test_a_reward_that_praises_silence_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match=r"an empty answer earns more .* than the gold answer"):
        tried(tmp_path, Substring())
