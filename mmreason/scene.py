"""What a stage asks the models through while it collects, and how its signals are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch

from mmreason.asks import Request
from mmreason.run import Run
from mmreason.seeds import seed_of
from mmreason.signals import needs
from mmreason.slots import Scene
from mmreason.types import Across, Batch, Progress

R = TypeVar("R")


@dataclass(frozen=True)
class Live:
    """The scene of one draw."""

    run: Run
    progress: Progress
    across: Across
    where: tuple[object, ...] = field(default=())

    def seed(self, *what: object) -> int:
        """Same run seed, stage, step, draw and words: same seed, on any rank and after any resume."""
        return seed_of(self.run.seed, *self.where, *what)

    def answer(self, requests: Sequence[Request[R]]) -> list[R]:
        """Ask the models."""
        return self.run.answer(requests)

    def settle(self, batch: Batch, *roots: object) -> None:
        """Measure what is missing."""
        settle(batch, self, *roots)


def settle(batch: Batch, scene: Scene, *roots: object) -> None:
    """Bring every signal under ``roots`` into the batch: each once, dependencies first, a wave's questions together."""
    todo = [s for s in needs(*roots) if s not in batch.known]
    while todo:
        wave = [s for s in todo if not any(d in todo for d in needs(s) if d != s)]
        asked = [s.asks(batch) for s in wave]
        with torch.no_grad():
            rest = iter(scene.answer([r for of_signal in asked for of_group in of_signal for r in of_group]))
        for signal, of_signal in zip(wave, asked, strict=True):
            batch.record(signal, signal.values(batch, [[next(rest) for _ in of_group] for of_group in of_signal]))
        todo = [s for s in todo if s not in wave]
