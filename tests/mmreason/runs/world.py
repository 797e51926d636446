"""A small recipe that uses what a run can hold: two stages, exams, a survey, several updates per buffer, momentum."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from mmreason.asks import POLICY, Role
from mmreason.credit.branches import Scaled
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import CheckpointError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.metrics.batch import Lengths, Mean, RewardTable
from mmreason.models.host_copy import on_host
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.signals import Signal
from mmreason.types import Batch, Task
from tests.mmreason.fakes import Even, LiveTasks
from tests.mmreason.tiny_lm import TinyLM
from vision_data.frames import Uniform
from vision_data.media import Image, Video
from vision_data.messages import user

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200817745a2b2"
    "0000000049454e44ae426082"
)
FRAME = "data:image/png;base64," + base64.b64encode(PNG).decode()


def hard(task: Task) -> float:
    """A factor of the task, as a function: its ``repr`` differs from process to process."""
    return 1.0 + 0.5 * task.record["level"]


@dataclass(frozen=True)
class Odd(Signal["list[Any]"]):
    """A value of every plain kind, nested."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[Any]]:
        return [[[c.text, (1, None, 0.1), c.tokens[:0]] for c in g.completions] for g in batch.groups]


@dataclass(frozen=True)
class HoldsOdd:
    """A metric that reads it."""

    odd: Odd = Odd()

    def __call__(self, batch: Batch) -> dict[str, float]:
        return {"odd": float(sum(len(row) for g in batch.groups for row in g[self.odd]))}


def written(folder: Path, weights: dict[str, Tensor]) -> None:
    """Write weights as a checkpoint has them."""
    folder.mkdir()
    save_file(weights, folder / "model.safetensors")


class SavedLM(TinyLM):
    """Learns with momentum; weights in a file of their own, everything else in its state."""

    owns_weights = True

    def __init__(self, seed: int, lr: float) -> None:
        super().__init__(seed, lr)
        self.optimizer = torch.optim.Adam(self.core.parameters(), lr=lr)  # type: ignore[assignment]

    def save(self, folder: Path) -> None:
        self.snapshot()(folder)

    def snapshot(self) -> Callable[[Path], None]:
        weights = on_host(self.core.state_dict())
        return lambda folder: written(folder, weights)

    def load(self, folder: Path) -> None:
        saved: dict[str, Tensor] = load_file(folder / "model.safetensors")
        if odd := set(saved) ^ set(self.core.state_dict()):
            raise CheckpointError(f"the weights in {folder} do not fill the model exactly: {sorted(odd)}")
        self.core.load_state_dict(saved)

    def state_dict(self) -> dict[str, Any]:
        assert self.optimizer is not None
        return {"steps": self.steps, "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        assert self.optimizer is not None
        self.steps = state["steps"]
        self.optimizer.load_state_dict(state["optimizer"])


@dataclass(frozen=True)
class Gru:
    """Plays a role with a GRU."""

    seed: int = 0
    lr: float = 0.02

    def open(self, run: Any) -> SavedLM:
        return SavedLM(self.seed, self.lr)


@dataclass(frozen=True)
class Pictures:
    """Questions with a picture each, two different ones in all, and a video that is a list of frames."""

    num: int = 7

    def open(self, run: Any) -> LiveTasks:
        return LiveTasks([self.task(i) for i in range(self.num)])

    def task(self, i: int) -> Task:
        media = Image(PNG, max_pixels=784 if i % 2 else None)
        parts = (media, "pqrst"[i % 5] * (1 + i % 3)) if i else (Video((FRAME, FRAME), Uniform(2)), media, "q")
        return Task(
            id=f"t{i}", prompt=(user(*parts),), answer=str(i), record={"level": i % 3, "near": [1, {"a": None}]}
        )


MEASURES = (RewardTable(), Lengths(), Mean(name="accuracy", of=Even()))


def recipe(steps: int = 3, lr: float = 0.02, low: float = 0.2) -> Recipe:
    """Two stages of ``steps``; each buffer of 3 groups is learned from in 2 epochs of 2 updates."""
    monitor = Stage(
        name="monitor", tasks=Pictures(3), rollout=Sample(num=2, limit=4), steps=1, groups=2, metrics=MEASURES
    )
    exam = Stage(
        name="held_out", tasks=Pictures(4), rollout=Sample(num=3, limit=5), steps=2, groups=2, metrics=MEASURES
    )
    stages = tuple(
        Stage(
            name=name,
            tasks=Pictures(),
            rollout=Sample(num=4, limit=5),
            steps=steps,
            groups=3,
            minibatch=2,
            epochs=2,
            rewards=(Term("even", Even(), 0.5),),
            losses=(ClippedSurrogate(by=Scaled(GroupNorm(), hard), low=low),),
            metrics=(*MEASURES, HoldsOdd()),
            surveys=(Survey(every=2, stage=monitor),) if name == "first" else (),
        )
        for name in ("first", "second")
    )
    models: tuple[tuple[Role, Any], ...] = ((POLICY, Gru(lr=lr)),)
    return Recipe(name="small", stages=stages, models=models, exams=(exam,))
