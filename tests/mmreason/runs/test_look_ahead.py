"""Reading media ahead changes how long a step takes and nothing else: real runs with and without it are the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from mmreason.asks import POLICY, REFERENCE
from mmreason.data.records import BadRecord
from mmreason.data.sources import Shuffled
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import Lengths, RewardTable
from mmreason.models.loading import TINY
from mmreason.models.optim import AdamW
from mmreason.models.specs import Frozen, Policy
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.types import Task
from tests.mmreason.fakes import Even
from vision_data.errors import MediaError
from vision_data.frames import Uniform
from vision_data.media import Image, Media, Video
from vision_data.messages import user

pytestmark = pytest.mark.slow
DAMAGED = 14
"""A film of the second stage that is among those drawn."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """So that the last bits depend on nothing but the work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Films:
    """Questions about films and pictures by turns; one may be damaged."""

    folder: str = field(repr=False)  # the order of a data set depends on how its spec is written
    first: int = 0
    num: int = 8
    damaged: int | None = field(default=None, repr=False)

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        numbers = range(self.first, self.first + self.num)
        return [Task(id=f"f{i}", prompt=(user(self.medium(i), f"What is {i}?"),)) for i in numbers], []

    def medium(self, i: int) -> Media:
        rng = np.random.default_rng(i)
        if i % 2:
            return Image.of(rng.integers(0, 256, (56 + 28 * (i % 3), 84, 3), dtype=np.uint8))
        path = Path(self.folder) / f"{i}.mp4"
        if not path.exists():
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 8, (112, 84))
            for _ in range(12):
                writer.write(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8).repeat(7, 0).repeat(7, 1))
            writer.release()
        if i == self.damaged:
            path.write_bytes(b"no film")
        return Video(str(path), Uniform(4), max_pixels=84 * 56)


def build(
    folder: Path, workers: int, freeze: tuple[str, ...] = (), damaged: int | None = None, **fields: Any
) -> Recipe:
    def stage(name: str, first: int, steps: int, **more: Any) -> Stage:
        tasks = Shuffled(Films(str(folder), first, damaged=damaged), drop_last=False)
        return Stage(
            name=name, tasks=tasks, rollout=Sample(num=2, limit=4), steps=steps, groups=3,
            metrics=(RewardTable(), Lengths()), **more,
        )  # fmt: skip

    learns = {
        "rewards": (Term("even", Even()),), "losses": (ClippedSurrogate(), KLPenalty()), "minibatch": 2, "epochs": 2,
        "surveys": (Survey(every=2, stage=stage("monitor", 30, 1)),),
    }  # fmt: skip
    policy = Policy(model=TINY, device="cpu", optim=AdamW(lr=1e-3), freeze=freeze, workers=workers, **fields)
    return Recipe(
        name="films",
        stages=(stage("first", 0, 3, **learns), stage("second", 10, 2, **learns)),
        exams=(stage("held_out", 20, 2),),
        models=((POLICY, policy), (REFERENCE, Frozen())),
    )


def lines(home: Path, file: str, name: str) -> list[Any]:
    return [json.loads(line)[name] for line in (home / f"{file}.jsonl").read_text().splitlines()]


def counts(home: Path) -> list[dict[str, float]]:
    """What the ledger counted in each step, without seconds and memory."""
    kept = ("media_decoded", "processor_runs", "patches", "tower_calls", "prompt_tokens", "sampled_tokens")
    return [{name: costs.get(name, 0) for name in kept} for costs in lines(home, "costs", "costs")]


def weights(home: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    (newest,) = (home / "checkpoints").iterdir()
    return load_file(newest / "policy" / "model.safetensors")


def same(one: Path, other: Path) -> None:
    assert lines(one, "metrics", "metrics") == lines(other, "metrics", "metrics")
    assert counts(one) == counts(other)
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(
    "fields",
    [{}, {"freeze": ("vision",)}, {"freeze": ("vision",), "host_bytes": 900_000}],
    ids=["learning tower", "frozen tower", "a store too small for all"],
)
def test_a_run_with_workers_is_the_run_without(tmp_path: Path, fields: dict[str, Any]) -> None:
    for workers in (0, 2):
        recipe = build(tmp_path, workers, **fields)
        train_recipe(recipe, tmp_path / f"run{workers}", seed=1, saving=Saving(keep=1), quiet=True)
    same(tmp_path / "run0", tmp_path / "run2")
    assert all("seconds/stall" in costs for costs in lines(tmp_path / "run2", "costs", "costs"))
    assert not any("media_unused" in costs for costs in lines(tmp_path / "run2", "costs", "costs"))


class Stop(Exception):
    """Ends a run as a crash would."""


class StopAt:
    """An observer that ends the run after some optimiser steps."""

    def __init__(self, updates: int) -> None:
        self.updates = updates

    def collected(self, run: Any, stage: Any, batch: Any) -> None: ...
    def measured(self, run: Any, stage: Any, batch: Any, metrics: Any) -> None: ...
    def stepped(self, run: Any, stage: Any, batch: Any, metrics: Any) -> None: ...

    def updated(self, run: Any, stage: Any) -> None:
        if run.updates == self.updates:
            raise Stop


def test_a_run_that_was_stopped_while_media_were_in_flight_goes_on_bit_for_bit(tmp_path: Path) -> None:
    recipe, saving = build(tmp_path, 2, freeze=("vision",)), Saving(every=3, unit="update", keep=1)
    train_recipe(recipe, tmp_path / "whole", seed=1, saving=saving, quiet=True)
    with pytest.raises(Stop):
        train_recipe(recipe, tmp_path / "run", seed=1, saving=saving, quiet=True, observers=[StopAt(7)])
    train_recipe(recipe, tmp_path / "run", seed=1, saving=saving, quiet=True, resume=True)
    assert lines(tmp_path / "whole", "metrics", "metrics") == lines(tmp_path / "run", "metrics", "metrics")
    ours, theirs = weights(tmp_path / "whole"), weights(tmp_path / "run")
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_film_is_named_when_its_turn_comes(tmp_path: Path, workers: int) -> None:
    recipe = build(tmp_path, workers, damaged=DAMAGED)
    with pytest.raises(MediaError, match=rf"{DAMAGED}\.mp4.* is not a video, or it is damaged or cut off"):
        train_recipe(recipe, tmp_path / "run", seed=1, saving=Saving(keep=1), quiet=True)
    assert lines(tmp_path / "run", "metrics", "stage").count("first") == 3
