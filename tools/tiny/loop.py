"""The training loop of mmreason-tiny: phases of fixed length, so that a seed gives one model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from transformers import Qwen2_5_VLForConditionalGeneration

from tools.tiny.cells import CellReader
from tools.tiny.data import CELLS, Batch, CellBatch, Mix, Prompts, cell_batch, make_batch, seeds_for
from tools.tiny.packed import PackedModel

Report = Callable[[str, int, dict[str, float]], None]


@dataclass(frozen=True)
class Phase:
    """One stretch of training with its own data and its own schedule (linear warm-up, constant, linear to zero).

    Attributes:
        name: used in the printed lines and in the seeds of the data.
        steps: optimiser steps.
        batch: images per step.
        rate: peak learning rate of the language model.
        mix: what is asked about each image; None trains the vision tower alone, on what its cells show.
        vision: the vision tower's learning rate as a share of ``rate``.
        hints: weight of the losses that teach two attention heads where to look.
        cells: weight of what the cells show, when there are questions too.
        cool: share of the steps over which the rate falls to zero at the end.
        num_buckets: into how many groups of similar length the segments of an image are sorted.
    """

    name: str
    steps: int
    batch: int
    rate: float
    mix: Mix | None = None
    vision: float = 0.3
    hints: float = 0.3
    cells: float = 0.3
    cool: float = 0.3
    num_buckets: int = 4
    warm: int = 30


@dataclass
class Trainer:
    """Model, teacher heads and the seed; ``run`` takes one phase after another."""

    model: Qwen2_5_VLForConditionalGeneration
    prompts: Prompts
    seed: int
    report: Report
    packed: PackedModel = field(init=False)
    reader: CellReader = field(init=False)

    def __post_init__(self) -> None:
        """Build the packed view and the heads that read cells."""
        self.packed = PackedModel(self.model, self.prompts.prefix, (CELLS, CELLS))
        self.reader = CellReader(self.model, self.prompts.tokenizer)

    def run(self, phase: Phase) -> None:
        """Train one phase; progress goes to ``report`` every 25 steps."""
        optimizer = self._optimizer(phase)
        started = time.perf_counter()
        sums: dict[str, float] = {}
        for step, batch in enumerate(self._batches(phase)):
            for group in optimizer.param_groups:
                group["lr"] = phase.rate * group["share"] * factor(step, phase.steps, phase.warm, phase.cool)
            with torch.autocast("cpu", torch.bfloat16):
                loss, numbers = self.loss(phase, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            for name, value in numbers.items():
                sums[name] = sums.get(name, 0.0) + value
            if (step + 1) % 25 == 0 or step + 1 == phase.steps:
                count = step % 25 + 1
                means = {name: value / count for name, value in sums.items()}
                means["images/s"] = (step + 1) * phase.batch / (time.perf_counter() - started)
                self.report(phase.name, step + 1, means)
                sums = {}

    def _batches(self, phase: Phase) -> Iterator[CellBatch | Batch]:
        for step in range(phase.steps):
            seeds = seeds_for(self.seed, phase.name, step, phase.batch)
            if phase.mix is None:
                yield cell_batch(seeds)
            else:
                yield make_batch(self.prompts, phase.mix, seeds, phase.num_buckets)

    def loss(self, phase: Phase, batch: CellBatch | Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of one step, and what is told of it."""
        cells = batch if isinstance(batch, CellBatch) else batch.cells
        features = self.packed.see(cells.patches)
        loss, read, followed = self.reader(features, cells)
        numbers = {"cells": loss.item(), "read": read.item(), "followed": followed.item()}
        if isinstance(batch, CellBatch):
            return loss, numbers
        answers, right = self.packed.loss(self.packed.hidden(features, batch.buckets), batch.buckets)
        numbers |= {"loss": answers.mean().item(), "right": right.float().mean().item()}
        hints = answers.new_zeros(())
        for name, missed in zip(("naming", "relating", "aiming"), map(torch.cat, self.packed.pointing), strict=True):
            if len(missed):
                hints = hints + missed.mean()
                numbers[name] = missed.mean().item()
        return answers.mean() + phase.hints * hints + phase.cells * loss, numbers

    def _optimizer(self, phase: Phase) -> torch.optim.Optimizer:
        vision: list[nn.Parameter] = []
        text: list[nn.Parameter] = []
        for name, parameter in self.model.named_parameters():
            (vision if ".visual." in name else text).append(parameter)
        seeing = [*vision, *self.reader.parameters()]
        groups = []
        for share, parameters in [(phase.vision, seeing), (1.0, text)] if phase.mix else [(1.0, seeing)]:
            for decay, is_matrix in ((0.01, True), (0.0, False)):
                chosen = [parameter for parameter in parameters if (parameter.dim() > 1) == is_matrix]
                groups.append({"params": chosen, "weight_decay": decay, "share": share})
        return torch.optim.AdamW(groups, lr=phase.rate, betas=(0.9, 0.98), fused=True)


def factor(step: int, steps: int, warm: int, cool: float) -> float:
    """Share of the peak rate at this step, counted from 0."""
    return min(1.0, (step + 1) / warm, (steps - step) / max(1.0, steps * cool))


def start_weights(model: Qwen2_5_VLForConditionalGeneration, seed: int) -> None:
    """Initial weights from which small attention learns quickly to look things up.

    The usual 0.02 is right for wide models; here it leaves every attention flat for hundreds of steps. Matrices that
    write into the residual stream start small. Keys start equal to the queries of the first head of their group, so
    that a token begins by looking at tokens like itself (compare mimetic initialisation, arXiv 2305.09828).
    """
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() != 2 or "embed_tokens" in name:
                continue
            writes = name.endswith(("o_proj.weight", "attn.proj.weight", "down_proj.weight"))
            share = (0.3 if ".visual." in name else 0.2) if writes else 1.0
            weight.normal_(0.0, share / math.sqrt(weight.shape[1]))
        text = model.model.language_model
        text.embed_tokens.weight.mul_(3.0)
        for layer in text.layers:
            attention = layer.self_attn
            queries = attention.q_proj.weight.unflatten(0, (-1, attention.num_key_value_groups, attention.head_dim))
            attention.k_proj.weight.copy_(queries[:, 0].flatten(0, 1))
