"""Advantages that make up for groups which teach nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from mmreason.credit.base import Advantage, centred
from mmreason.types import Batch


@dataclass(frozen=True)
class GroupPolicyGradient(Advantage):
    """GPG, arXiv:2504.02546: A_i = alpha (r_i - mean(r)) / F, alpha = measured completions / those in groups that vary.

    So the size of a step stays the same when many groups are all right or all wrong. F is 1, or with ``scale`` the
    group's deviation. ``alpha="released"`` is 1 / (1 / alpha + 1e-5), as the authors divide their loss;
    ``alpha="nonzero"`` counts rewards other than 0 in place of groups that vary (verl: too small where all are right);
    ``alpha="off"`` is 1. Counts are over all ranks. Spend it with ``PolicyGradient``.
    """

    alpha: Literal["paper", "released", "nonzero", "off"] = "paper"
    scale: bool = False
    eps: float = 1e-6

    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """Centre each group and multiply all of them with the same number."""
        mine = [centred(r_G) for r_G in column]
        alpha = self.correction(batch, column, mine)
        return [alpha * (d_G / self.spread(r_G) if self.scale else d_G) for d_G, r_G in zip(mine, column, strict=True)]

    def correction(self, batch: Batch, column: list[Tensor], mine: list[Tensor]) -> float:
        """Give alpha."""
        seen = [~r_G.isnan() for r_G in column]
        varied = [s_G & bool((d_G.nan_to_num() != 0).any()) for s_G, d_G in zip(seen, mine, strict=True)]
        if self.alpha == "nonzero":
            varied = [s_G & (r_G != 0) for s_G, r_G in zip(seen, column, strict=True)]
        total, valid = float(batch.everyone(seen).sum()), float(batch.everyone(varied).sum())
        if self.alpha == "off":
            return 1.0
        if self.alpha == "released":
            return 1 / (valid / max(total, 1.0) + 1e-5)
        return total / max(valid, 1.0)

    def spread(self, r_G: Tensor) -> Tensor:
        """Deviation of what was measured in a group; 1 for fewer than two."""
        seen = r_G[~r_G.isnan()]
        return seen.std() + self.eps if len(seen) > 1 else torch.ones((), dtype=torch.float64)
