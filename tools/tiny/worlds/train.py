"""Phases in which several worlds are taught side by side: one gradient of all of them a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

from mmreason.seeds import seed_of
from tools.tiny.data import Mix, cell_batch, make_batch, seeds_for
from tools.tiny.loop import Phase as MapPhase
from tools.tiny.loop import Trainer, factor
from tools.tiny.packed import PackedModel, to_patches
from tools.tiny.worlds.lesson import Lesson, World, Writer
from tools.tiny.worlds.reader import WorldReader

Report = Callable[[str, int, dict[str, float]], None]


@dataclass(frozen=True)
class Phase:
    """Steps on several worlds, and on transit maps beside them.

    Attributes:
        name: in the printed lines and in the seeds of the data.
        steps: optimiser steps.
        worlds: each with the number of its pictures a step.
        maps: transit maps a step.
        mix: what is asked about each map.
        rate: peak learning rate of the language model; it rises over ``warm`` steps, and falls over ``cool`` of all.
        vision: the vision tower's learning rate as a share of it.
        hints: weight of the losses that teach attention heads where to look.
        cells: weight of what cells show.
    """

    name: str
    steps: int
    worlds: tuple[tuple[World, int], ...]
    maps: int = 0
    mix: Mix | None = None
    rate: float = 1e-3
    vision: float = 0.3
    hints: float = 0.3
    cells: float = 0.3
    warm: int = 30
    cool: float = 0.5
    speak: bool = True
    """False teaches the vision tower alone."""


@dataclass(frozen=True)
class Taught:
    """A world with what it takes to teach it, and the number of its pictures a step."""

    world: World
    num: int
    writer: Writer
    packed: PackedModel
    reader: WorldReader


class WorldTrainer:
    """A model with what it takes to teach it worlds."""

    def __init__(
        self, model: Qwen2_5_VLForConditionalGeneration, processor: Qwen2_5_VLProcessor, seed: int, report: Report,
        maps: Trainer,
    ) -> None:  # fmt: skip
        """Nothing is built before a phase names its worlds."""
        self.model, self.processor, self.seed, self.report, self.maps = model, processor, seed, report, maps

    def run(self, phase: Phase) -> None:
        """Train one phase; progress goes to ``report`` every 25 steps."""
        taught = [self.view(world, num) for world, num in phase.worlds]
        optimizer = self.optimizer(phase, nn.ModuleList(one.reader for one in taught))
        started, sums = time.perf_counter(), dict[str, list[float]]()
        for step in range(phase.steps):
            for group in optimizer.param_groups:
                group["lr"] = phase.rate * group["share"] * factor(step, phase.steps, phase.warm, phase.cool)
            total = len(taught) + bool(phase.maps)
            for name, (loss, numbers) in self.losses(phase, step, taught):
                (loss / total).backward()  # type: ignore[no-untyped-call]
                for what, value in numbers.items():
                    sums.setdefault(f"{name}/{what}", []).append(value)
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            if (step + 1) % 25 == 0 or step + 1 == phase.steps:
                means = {name: float(np.mean(values)) for name, values in sums.items()}
                self.report(phase.name, step + 1, means | {"steps/s": (step + 1) / (time.perf_counter() - started)})
                sums = {}

    def view(self, world: World, num: int) -> Taught:
        """What it takes to teach a world."""
        writer = Writer(self.processor, world)
        reader = WorldReader(self.model, self.processor.tokenizer, world)
        return Taught(world, num, writer, PackedModel(self.model, writer.prefix, world.grid), reader)

    def losses(
        self, phase: Phase, step: int, taught: Sequence[Taught]
    ) -> Iterator[tuple[str, tuple[Tensor, dict[str, float]]]]:
        """The loss of each world, of transit maps last; the gradient of one is there before the next is computed."""
        for one in taught:
            lessons = [one.world.lesson(seed_of(self.seed, phase.name, step, at)) for at in range(one.num)]
            with torch.autocast("cpu", torch.bfloat16):
                yield one.world.name, self.loss(phase, one, lessons)
        if phase.maps:
            seeds = seeds_for(self.seed, phase.name, step, phase.maps)
            with torch.autocast("cpu", torch.bfloat16):
                if phase.mix is None or not phase.speak:
                    yield "maps", self.maps.loss(MapPhase(phase.name, 1, phase.maps, phase.rate), cell_batch(seeds))
                else:
                    of_maps = MapPhase(
                        phase.name, 1, phase.maps, phase.rate, phase.mix, hints=phase.hints, cells=phase.cells
                    )
                    yield "maps", self.maps.loss(of_maps, make_batch(self.maps.prompts, phase.mix, seeds, 2))

    def loss(self, phase: Phase, one: Taught, lessons: Sequence[Lesson]) -> tuple[Tensor, dict[str, float]]:
        """The loss of one world's lessons of a step, and what is told of it."""
        pictures = torch.from_numpy(np.stack([p for x in lessons for p in x.pictures])).permute(0, 3, 1, 2)
        features = one.packed.see(to_patches(pictures)).unflatten(0, (len(lessons), -1)).flatten(1, 2)
        cells, read = one.reader(features, lessons)
        if not phase.speak:
            return cells, {"cells": cells.item(), "read": read.item()}
        buckets = one.writer.buckets(lessons, 2)
        answers, right = one.packed.loss(one.packed.hidden(features, buckets), buckets)
        numbers = {"loss": answers.mean().item(), "right": right.float().mean().item(), "read": read.item()}
        hints = answers.new_zeros(())
        for name, missed in zip(("naming", "relating", "aiming"), map(torch.cat, one.packed.pointing), strict=True):
            if len(missed):
                hints = hints + missed.mean()
                numbers[name] = missed.mean().item()
        return answers.mean() + phase.hints * hints + phase.cells * cells, numbers

    def optimizer(self, phase: Phase, readers: nn.Module) -> torch.optim.Optimizer:
        """AdamW, the tower slower than the language model."""
        parts: dict[bool, list[nn.Parameter]] = {True: list(readers.parameters()), False: []}
        for name, parameter in self.model.named_parameters():
            parts[".visual." in name].append(parameter)
        groups = []
        for seeing, share in ((True, phase.vision), (False, 1.0)):
            for decay, is_matrix in ((0.01, True), (0.0, False)):
                chosen = [p for p in parts[seeing] if (p.dim() > 1) == is_matrix]
                groups.append({"params": chosen, "weight_decay": decay, "share": share})
        return torch.optim.AdamW(groups, lr=phase.rate, betas=(0.9, 0.98), fused=True)
