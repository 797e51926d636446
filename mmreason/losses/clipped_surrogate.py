"""The policy-gradient loss with a clipped importance ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from mmreason.asks import Scores
from mmreason.errors import RecipeError
from mmreason.losses.functional import clipped
from mmreason.losses.ratio import RatioLoss
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class ClippedSurrogate(RatioLoss):
    """PPO's clip, arXiv:1707.06347, per token: the ratio may leave [1 - low, 1 + high] only where that loses credit.

    ``high`` above ``low`` is DAPO's clip-higher (arXiv:2503.14476); ``dual`` bounds the loss of negative credit
    (arXiv:1912.09729), 3 in verl. ``delta`` bounds the ratio itself before the smaller of both sides is taken, which
    acts on negative credit too (arXiv:2505.07291, TRL). The log-probs of the sampling weights are those that the
    sampler noted; ``old`` may hold another signal, e.g. one scored again by the trainer.
    """

    low: float = 0.2
    high: float = 0.2
    dual: float | None = None
    delta: float | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that clip nothing sensible."""
        if not 0 <= self.low <= 1 or self.high < 0 or (self.dual is not None and self.dual <= 1):
            raise RecipeError(
                f"{type(self).__name__} needs 0 <= low <= 1, high >= 0 and dual > 1 or None; "
                f"got low={self.low}, high={self.high}, dual={self.dual}"
            )
        if self.delta is not None and self.delta <= 1 + self.high:
            raise RecipeError(
                f"{type(self).__name__} needs delta > 1 + high or None; got delta={self.delta}, high={self.high}"
            )

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] clipped surrogate of completion i."""
        ratio_T = self.log_ratio(group, i, got[0]).exp()
        return clipped(ratio_T, self.credit(group, i, got[0]), self.low, self.high, self.dual, self.delta)

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Mean ratio and the share of tokens outside the clip range."""
        ratio_sum = clipped = num = 0.0
        for i, got in self.rows(group, replies):
            wrote = group.completions[i].wrote
            ratio_T = self.log_ratio(group, i, got[0].detach().cpu().double()).exp()[wrote]
            ratio_sum += float(ratio_T.sum())
            clipped += float(((ratio_T < 1 - self.low) | (ratio_T > 1 + self.high)).sum())
            num += len(ratio_T)
        return {"ratio": (ratio_sum, num), "clip_fraction": (clipped, num)}
