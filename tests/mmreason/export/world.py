"""Two short runs of the embedded model, made once: one that learns an adapter with a moving average, one in full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mmreason.asks import EMA, POLICY, REFERENCE
from mmreason.metrics.batch import Lengths, RewardTable
from mmreason.models.optim import AdamW
from mmreason.models.specs import Ema, Frozen, Lora, Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.base import Term
from mmreason.rollouts.sample import Sample
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from tests.mmreason.fakes import Even
from tests.mmreason.runs.real import Noise


def recipe(lora: Lora | None, steps: int = 2) -> Recipe:
    from mmreason.losses.clipped_surrogate import ClippedSurrogate

    stage = Stage(
        name="noise", tasks=Noise(), rollout=Sample(num=3, limit=4, temperature=2.0), steps=steps, groups=2,
        rewards=(Term("even", Even()),), losses=(ClippedSurrogate(),), metrics=(RewardTable(), Lengths()),
    )  # fmt: skip
    exam = replace(stage, name="held_out", losses=(), steps=1, groups=1)
    policy = Policy(model="mmreason-tiny", device="cpu", lora=lora, optim=AdamW(lr=0.02), max_pixels=90_000)
    models = ((POLICY, policy), (REFERENCE, Frozen()), (EMA, Ema(decay=0.5, every=1)))
    return Recipe(name="small", stages=(stage,), models=models, exams=(exam,), paper="A Paper, arXiv:1234.56789")


def trained(home: Path, lora: Lora | None) -> Path:
    """A finished run with a checkpoint after each step."""
    saving = Saving(every=1, keep=-1, traces=0, curves=-1, buffers=0)
    train_recipe(recipe(lora), home, saving=saving, quiet=True)
    return home
