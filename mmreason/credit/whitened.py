"""Advantages whose scale comes from the whole batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.credit.base import Advantage, centred
from mmreason.types import Batch


@dataclass(frozen=True)
class BatchNorm(Advantage):
    """Centred in the group, scaled by the standard deviation of all rewards of the batch over all ranks.

    The "batch" reward scaling of GRPO trainers (studied as a stable mix of levels in arXiv:2508.08221).
    Equal rewards in a group give exactly 0; with one measured reward in the batch the deviation is taken as 1.
    """

    eps: float = 1e-4
    ddof: int = 1

    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """Divide every centred group by one number."""
        every = batch.everyone(column)
        seen = every[~every.isnan()]
        if len(seen) <= self.ddof:
            return [centred(r_G) for r_G in column]
        std = seen.std(correction=self.ddof)
        return [centred(r_G) / (std + self.eps) for r_G in column]


@dataclass(frozen=True)
class Whitened(Advantage):
    """REINFORCE++-baseline, arXiv:2501.03262: centred in the group, then whitened over the whole batch.

    ``by_token`` counts each completion as often as it has tokens (the released form; DLER, arXiv:2510.15110).
    A batch of equal rewards gives 0; so does a group of equal rewards, unless counted by token, where the batch's mean
    need not be 0: verl leaves it so, ``flat=False`` sets such groups to 0 afterwards. ``ddof=1`` is verl's variance,
    0 OpenRLHF's.
    """

    by_token: bool = False
    eps: float = 1e-8
    ddof: int = 1
    flat: bool = True

    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """Subtract the batch's (weighted) mean of the centred rewards and divide by their deviation."""
        mine = [centred(r_G) for r_G in column]
        count = [
            torch.stack([c.wrote.sum() for c in g.completions])
            if self.by_token
            else torch.ones(len(g), dtype=torch.long)
            for g in batch.groups
        ]
        x, n = batch.everyone(mine), batch.everyone(count)
        n = n * ~x.isnan()
        # over completions the mean is 0 but for float noise, which would be taken for credit
        mean = (x.nan_to_num() * n).sum() / n.sum().clamp(min=1) if self.by_token else x.new_zeros(())
        var = ((x.nan_to_num() - mean) ** 2 * n).sum() / (n.sum() - self.ddof).clamp(min=1)
        out = [(a_G - mean) / (var + self.eps).sqrt() for a_G in mine]
        return out if self.flat else [a_G * bool(d_G.nan_to_num().any()) for a_G, d_G in zip(out, mine, strict=True)]
