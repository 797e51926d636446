"""The optimiser of a run whose first stage is supervised."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.errors import RecipeError
from mmreason.models.optim import AdamW


@dataclass(frozen=True, kw_only=True)
class ColdStartAdamW(AdamW):
    """AdamW (arXiv:1711.05101) whose first steps have a rate of their own, higher as supervised learning wants it.

    Over ``cold_steps`` the rate rises for a twentieth of them and then falls as a cosine from ``cold_lr`` to ``lr``;
    after them the schedule begins as if it were step 0. ``total`` counts the steps after the cold start.
    """

    cold_steps: int = 0
    cold_lr: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse what is no number of steps or no rate."""
        super().__post_init__()
        if self.cold_steps < 0 or not self.cold_lr >= 0:
            raise RecipeError(
                f"ColdStartAdamW needs cold_steps >= 0 and cold_lr >= 0, got {self.cold_steps} and {self.cold_lr}"
            )

    def rate(self, step: int) -> float:
        """Learning rate of optimiser step ``step`` (from 0)."""
        if step >= self.cold_steps:
            return super().rate(step - self.cold_steps)
        warm, total = self.cold_steps // 20, self.cold_steps
        share = min(self.lr / self.cold_lr, 1.0) if self.cold_lr else 0.0
        cold = AdamW(lr=self.cold_lr, warmup=warm, schedule="cosine", total=total, floor=share)
        return cold.rate(step)
