"""Advantages within a group: centred, and scaled by the group's spread or not."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.credit.base import Advantage, centred
from mmreason.types import Batch


@dataclass(frozen=True)
class GroupNorm(Advantage):
    """GRPO, arXiv:2402.03300: reward minus the group's mean, over its standard deviation.

    A_i = (r_i - mean(r)) / (std(r) + eps). ``ddof=1`` is the unbiased standard deviation of the released trainers;
    ``eps`` is 1e-4 in the TRL line and 1e-6 in the verl line. ``scale=False`` keeps the mean only
    (Dr. GRPO, arXiv:2503.20783). A group whose measured rewards are all equal gives exactly 0; with ``ddof`` or fewer
    measured rewards the deviation is taken as 1. ``lone`` gives a completion that is measured alone its reward as
    advantage (verl: mean 0, deviation 1).
    """

    eps: float = 1e-4
    ddof: int = 1
    scale: bool = True
    lone: bool = False

    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """Every group by itself."""
        return [self.one(r_G) for r_G in column]

    def one(self, r_G: Tensor) -> Tensor:
        """[G] advantages of one group."""
        d_G = centred(r_G)
        seen = r_G[~r_G.isnan()]
        if self.lone and len(seen) == 1:
            return r_G / (1 + self.eps if self.scale else 1)
        if not self.scale or len(seen) <= self.ddof:
            return d_G
        return d_G / (seen.std(correction=self.ddof) + self.eps)
