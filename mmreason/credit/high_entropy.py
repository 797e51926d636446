"""Credit for the tokens at which the policy really chose."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.credit.base import Credit
from mmreason.errors import RecipeError
from mmreason.probes.token_entropies import TokenEntropies
from mmreason.signals import Signal
from mmreason.types import Batch


@dataclass(frozen=True)
class HighEntropyTokens(Credit):
    """Beyond the 80/20 rule, arXiv:2506.01939: only the tokens of highest entropy keep their credit.

    Those at or above the (1 - share) quantile over all tokens that the policy wrote, in the batch of all ranks (TRL's
    ``top_entropy_quantile``). The others stay in the divisor. Entropies are those before the first update.
    """

    of: Credit
    share: float = 0.2
    entropies: Signal[list[Tensor]] = TokenEntropies()

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 <= self.share <= 1:
            raise RecipeError(f"HighEntropyTokens needs a share from 0 to 1, got {self.share}")

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Zero below the quantile."""
        mine = [h[c.wrote] for g in batch.groups for c, h in zip(g.completions, g[self.entropies], strict=True)]
        every = batch.everyone(mine)
        if not len(every):
            return [g[self.of] for g in batch.groups]
        rank = (1 - self.share) * (len(every) - 1)  # torch.quantile refuses more than 2**24 values
        low, high = (every.kthvalue(int(k) + 1).values for k in (rank // 1, -(-rank // 1)))
        least = torch.lerp(low, high, rank % 1)
        return [
            [a_T * (h.double().cpu() >= least) for a_T, h in zip(g[self.of], g[self.entropies], strict=True)]
            for g in batch.groups
        ]
