"""Importance weights that are clipped and held constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from mmreason.asks import Scores
from mmreason.errors import RecipeError
from mmreason.losses.functional import cispo, sequence_log_ratio
from mmreason.losses.ratio import RatioLoss
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class Cispo(RatioLoss):
    """CISPO (MiniMax-M1), arXiv:2506.13585: the clipped ratio weighs the log-prob's gradient, no token loses it.

    ``cap`` is the largest weight itself (TRL's ``epsilon_high``; 5 in ScaleRL, arXiv:2510.13786), and ``floor`` the
    smallest, 0 for none; verl has ``floor=1 - clip_low`` and ``cap=1 + clip_high``. ``level="sequence"`` takes the
    geometric mean over the completion as the ratio of all its tokens (an option of TRL). The value holds the log-prob:
    it cannot be compared with other losses.
    """

    cap: float = 5.0
    floor: float = 0.0
    level: Literal["token", "sequence"] = "token"

    def __post_init__(self) -> None:
        """Refuse bounds that leave no weight."""
        if not 0 <= self.floor <= self.cap or self.cap <= 0:
            raise RecipeError(f"Cispo needs 0 <= floor <= cap and cap > 0, got floor={self.floor}, cap={self.cap}")

    def log_ratio(self, group: Group, i: int, logp_T: Tensor) -> Tensor:
        """[T] log of the ratio of each token, or of the completion."""
        if self.level == "token":
            return super().log_ratio(group, i, logp_T)
        wrote_T = group.completions[i].wrote.to(logp_T.device)
        log_T = sequence_log_ratio(logp_T - group[self.old][i].to(logp_T), wrote_T)
        return log_T.clamp(-self.bound, self.bound)

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] weighted log-likelihood of completion i."""
        ratio_T = self.log_ratio(group, i, got[0].detach()).exp()
        return cispo(got[0], ratio_T, self.credit(group, i, got[0]), self.cap, self.floor)

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Mean ratio and the share of tokens whose weight was clipped."""
        ratio_sum = clipped = num = 0.0
        for i, got in self.rows(group, replies):
            wrote = group.completions[i].wrote
            ratio_T = self.log_ratio(group, i, got[0].detach().cpu().double()).exp()[wrote]
            ratio_sum += float(ratio_T.sum())
            clipped += float(((ratio_T < self.floor) | (ratio_T > self.cap)).sum())
            num += len(ratio_T)
        return {"ratio": (ratio_sum, num), "clip_fraction": (clipped, num)}
