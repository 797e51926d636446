"""The optimiser and its learning-rate schedule, as a value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from mmreason.errors import RecipeError


@dataclass(frozen=True, kw_only=True)
class AdamW:
    """AdamW (arXiv:1711.05101) with warm-up; steps are optimiser steps, not rollouts."""

    lr: float = 1e-6
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    """Not applied to vectors (norms and biases)."""
    warmup: int = 0
    """Steps of linear rise from 0."""
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    total: int | None = None
    """Optimiser steps of the run, for cosine and linear."""
    floor: float = 0.0
    """Share of ``lr`` that cosine and linear end at."""
    clip: float | None = 1.0
    """Largest gradient norm; None for no clipping."""

    def __post_init__(self) -> None:
        """Refuse a schedule without an end, and rates that are no rates."""
        if self.schedule not in ("constant", "cosine", "linear"):
            raise RecipeError(f"AdamW schedule must be constant, cosine or linear, got {self.schedule!r}")
        if self.schedule != "constant" and not self.total:
            raise RecipeError(f"AdamW schedule {self.schedule!r} needs total, the number of optimiser steps")
        if not self.lr >= 0 or self.warmup < 0 or not 0 <= self.floor <= 1:
            raise RecipeError(
                f"AdamW needs lr >= 0, warmup >= 0 and floor in [0, 1]; "
                f"got lr={self.lr}, warmup={self.warmup}, floor={self.floor}"
            )

    def build(self, parameters: Iterable[nn.Parameter], shares: Mapping[int, float] | None = None) -> torch.optim.AdamW:
        """Matrices with weight decay, vectors without; apart where their rates differ.

        Args:
            parameters: those that need no gradient are left out.
            shares: of the rate, by the ``id`` of the parameter; 1 where there is none.
        """
        learning, shares = [p for p in parameters if p.requires_grad], shares or {}
        groups = []
        for share in sorted({1.0, *(shares[id(p)] for p in learning if id(p) in shares)}, reverse=True):
            own = [p for p in learning if shares.get(id(p), 1.0) == share]
            matrices, vectors = [p for p in own if p.ndim > 1], [p for p in own if p.ndim <= 1]
            groups.append({"params": matrices, "weight_decay": self.weight_decay, "share": share})
            groups.append({"params": vectors, "weight_decay": 0.0, "share": share})
        return torch.optim.AdamW(groups, lr=self.lr, betas=self.betas, eps=self.eps, fused=True)

    def rate(self, step: int) -> float:
        """Learning rate of optimiser step ``step`` (from 0); the first step of a warm-up is above 0."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        if self.schedule == "constant" or not self.total:
            return self.lr
        x = min((step - self.warmup) / max(self.total - self.warmup, 1), 1.0)
        share = 0.5 * (1 + math.cos(math.pi * x)) if self.schedule == "cosine" else 1 - x
        return self.lr * (self.floor + (1 - self.floor) * share)
