"""Each reward against the mean of its siblings."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.credit.base import Advantage, centred
from mmreason.types import Batch


@dataclass(frozen=True)
class LeaveOneOut(Advantage):
    """RLOO, arXiv:2402.14740: A_i = r_i - mean of the other measured rewards; 0 for an only child.

    ``scale`` divides by the deviation of all advantages of the batch plus ``eps`` (TRL's ``normalize_advantages``;
    their mean is 0 already). Siblings of an only child, whose advantage is 0, count in it.
    """

    scale: bool = False
    eps: float = 1e-4

    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """(r - mean) * n / (n - 1) over the n that were measured."""
        out = []
        for r_G in column:
            num = max(int((~r_G.isnan()).sum()), 2)
            out.append(centred(r_G) * num / (num - 1))
        if not self.scale:
            return out
        every = batch.everyone(out)
        seen = every[~every.isnan()]
        return [a_G / (seen.std() + self.eps) for a_G in out] if len(seen) > 1 else out
