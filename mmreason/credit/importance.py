"""Credit for completions that another engine sampled than the one that trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from mmreason.credit.base import Credit
from mmreason.errors import RecipeError
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.signals import Signal
from mmreason.types import Batch, Completion


@dataclass(frozen=True)
class ImportanceCorrected(Credit):
    """Truncated and masked importance sampling between two engines (IcePop: arXiv:2510.18855), as in TRL.

    Each token's credit is multiplied with w = exp(trainer - sampler): what the same weights say in the trainer and
    said in the sampler. ``truncate`` keeps w in [low, high]; ``mask`` takes 0 in place of a w outside of it. At
    ``level="sequence"`` w is the product over the tokens, the same for the whole completion. Any loss can spend it,
    for all are proportional to credit; its own ratio should then start from the trainer's scores:
    ``ClippedSurrogate(old=TokenLogprobs(), by=ImportanceCorrected(GroupNorm()))``. The KL term is left alone, and
    masked tokens stay in the divisor.

    The defaults are TRL's, masked by sequence above 3. Truncation by token at 2 is the usual TIS, masking by token
    outside [0.5, 5] the usual IcePop. A token whose log-prob the sampler could not tell (NaN) counts with w = 1.
    """

    of: Credit
    level: Literal["token", "sequence"] = "sequence"
    mode: Literal["truncate", "mask"] = "mask"
    low: float = 0.0
    high: float | None = 3.0
    trainer: Signal[list[Tensor]] = TokenLogprobs()
    sampler: Signal[list[Tensor]] = Sampled()

    def __post_init__(self) -> None:
        """Refuse a range that is empty, or cuts nothing off."""
        if self.low < 0 or (self.high is not None and self.high <= self.low):
            raise RecipeError(
                f"ImportanceCorrected needs 0 <= low < high, or high=None; got low={self.low}, high={self.high}"
            )
        if self.mode == "truncate" and self.low == 0 and self.high is None:
            raise RecipeError("ImportanceCorrected(mode='truncate') needs low above 0, or high")

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Multiply token by token."""
        return [
            [
                a_T * self.weights(c, trainer_T, sampler_T)
                for a_T, c, trainer_T, sampler_T in zip(
                    g[self.of], g.completions, g[self.trainer], g[self.sampler], strict=True
                )
            ]
            for g in batch.groups
        ]

    def weights(self, c: Completion, trainer_T: Tensor, sampler_T: Tensor) -> Tensor:
        """[T] float64, the weight of each token."""
        log_T = (trainer_T.double().cpu() - sampler_T.double().cpu()).nan_to_num(0.0) * c.wrote
        w_T = (log_T.sum().expand_as(log_T) if self.level == "sequence" else log_T).exp()
        high = float("inf") if self.high is None else self.high
        if self.mode == "truncate":
            return w_T.clamp(self.low, high)
        return torch.where((w_T < self.low) | (w_T > high), torch.zeros_like(w_T), w_T)
