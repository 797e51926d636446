"""The policy-gradient loss with a clipped importance ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from mmreason.asks import Scores
from mmreason.errors import RecipeError
from mmreason.losses.base import CreditLoss
from mmreason.losses.functional import clipped_surrogate
from mmreason.probes.token_logprobs import Sampled
from mmreason.signals import Signal
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class ClippedSurrogate(CreditLoss):
    """PPO's clip, arXiv:1707.06347, per token: the ratio may leave [1 - low, 1 + high] only where that loses credit.

    ``high`` above ``low`` is DAPO's clip-higher (arXiv:2503.14476); ``dual`` bounds the loss of negative credit
    (arXiv:1912.09729). The log-probs of the sampling weights are those that the sampler noted; ``old`` may hold
    another signal, e.g. one scored again by the trainer.
    """

    low: float = 0.2
    high: float = 0.2
    dual: float | None = None
    old: Signal[list[Tensor]] = Sampled()

    def __post_init__(self) -> None:
        """Refuse bounds that clip nothing sensible."""
        if not 0 <= self.low <= 1 or self.high < 0 or (self.dual is not None and self.dual <= 1):
            raise RecipeError(
                f"ClippedSurrogate needs 0 <= low <= 1, high >= 0 and dual > 1 or None; "
                f"got low={self.low}, high={self.high}, dual={self.dual}"
            )

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] clipped surrogate of completion i."""
        logp_T = got[0]
        old_T, adv_T = group[self.old][i].to(logp_T), group[self.by][i].to(logp_T)
        return clipped_surrogate(logp_T, old_T, adv_T, self.low, self.high, self.dual)

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Mean ratio and the share of tokens outside the clip range."""
        ratio_sum = clipped = num = 0.0
        for i, got in self.rows(group, replies):
            wrote = group.completions[i].wrote
            ratio_T = (got[0].detach().cpu().double() - group[self.old][i].double()).exp()[wrote]
            ratio_sum += float(ratio_T.sum())
            clipped += float(((ratio_T < 1 - self.low) | (ratio_T > 1 + self.high)).sum())
            num += len(ratio_T)
        return {"ratio": (ratio_sum, num), "clip_fraction": (clipped, num)}
