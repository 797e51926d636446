"""The embedded model under a small recipe with everything whose state must survive: reference, moving average, KL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import peft  # noqa: F401  loaded once, by the fork server
import transformers.models.qwen2_5_vl.modeling_qwen2_5_vl  # noqa: F401

from mmreason.asks import EMA, POLICY, REFERENCE
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.kl_penalty import KLPenalty
from mmreason.metrics.batch import Lengths, RewardTable
from mmreason.models.optim import AdamW
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.probes.token_logprobs import TokenLogprobs
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.types import Batch, Task
from tests.mmreason.fakes import Even, LiveTasks
from vision_data.media import Image
from vision_data.messages import user


@dataclass(frozen=True)
class Noise:
    """Questions about pictures of noise of different sizes."""

    num: int = 5

    def open(self, run: Any) -> LiveTasks:
        rng = np.random.default_rng(0)
        sizes = [(56, 84), (84, 56), (56, 56), (84, 84), (112, 56)]
        pictures = [Image.of(rng.integers(0, 255, (*size, 3), dtype=np.uint8)) for size in sizes[: self.num]]
        return LiveTasks([Task(id=f"n{i}", prompt=(user(p, "How many?"),)) for i, p in enumerate(pictures)])


@dataclass(frozen=True)
class Drift:
    """A metric that reads the moving average, so that its state shows in the log."""

    average: TokenLogprobs = TokenLogprobs(under=EMA)

    def __call__(self, batch: Batch) -> dict[str, float]:
        rows = [row.double().sum() for group in batch.groups for row in group[self.average]]
        return {"average": float(sum(rows))}


def build(lora: Lora | None, freeze: tuple[str, ...]) -> Recipe:
    stage = Stage(
        name="noise",
        tasks=Noise(),
        rollout=Sample(num=3, limit=6),
        steps=2,
        groups=3,
        minibatch=2,
        epochs=2,
        rewards=(Term("even", Even()),),
        losses=(ClippedSurrogate(), KLPenalty()),
        metrics=(RewardTable(), Lengths(), Drift()),
    )
    policy = Policy(model="mmreason-tiny", device="cpu", optim=AdamW(lr=1e-3), lora=lora, freeze=freeze)
    models = ((POLICY, policy), (REFERENCE, Frozen()), (EMA, Ema(decay=0.5, every=1)))
    return Recipe(name="real", stages=(stage,), models=models)


def full() -> Recipe:
    """All weights learn, the vision tower included."""
    return build(None, ())


def adapter() -> Recipe:
    """An adapter learns; the tower is frozen and its features are kept."""
    return build(Lora(rank=4, dropout=0.1), ("vision",))
