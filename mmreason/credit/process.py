"""Step rewards as credit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.credit.base import Credit, centred
from mmreason.rewards.base import TokenReward
from mmreason.types import Batch, Group


@dataclass(frozen=True)
class ProcessAdvantage(Credit):
    """GRPO with process supervision, arXiv:2402.03300: step rewards normalised over the group, summed to go.

    A token's credit is the sum of the normalised rewards of all steps that end at or after it. A step is a span noted
    under ``span``; its reward is what ``of`` places on its last token, NaN where it was not measured. All steps of all
    completions of the group are one population; ``ddof`` and ``eps`` are those of ``GroupNorm``.
    """

    of: TokenReward
    span: str = "step"
    eps: float = 1e-4
    ddof: int = 1

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Every group by itself."""
        return [self.one(g) for g in batch.groups]

    def one(self, group: Group) -> list[Tensor]:
        """[T] per completion."""
        ends = [(i, b) for i, c in enumerate(group.completions) for a, b in c.span(self.span) if b > a]
        r_S = torch.tensor([float(group[self.of][i][b - 1]) for i, b in ends], dtype=torch.float64)
        seen = r_S[~r_S.isnan()]
        d_S = centred(r_S)
        if len(seen) > self.ddof:
            d_S = d_S / (seen.std(correction=self.ddof) + self.eps)
        out = [torch.zeros(len(c.tokens), dtype=torch.float64) for c in group.completions]
        for (i, b), d in zip(ends, d_S.nan_to_num(0.0), strict=True):
            out[i][:b] += d
        return [a_T * c.wrote for a_T, c in zip(out, group.completions, strict=True)]
