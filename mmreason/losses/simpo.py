"""Simple preference optimisation."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.losses.preference import PreferenceLoss, smoothed
from mmreason.signals import Signal


@dataclass(frozen=True, kw_only=True)
class SimPO(PreferenceLoss):
    """SimPO, arXiv:2405.14734: -logsigmoid(beta (mean log p of the chosen - that of the rejected) - gamma).

    No reference takes part. The paper takes beta from 2 to 2.5 and gamma about half of it; gamma is TRL's
    ``simpo_gamma``, there 0.5.
    """

    beta: float = 2.5
    gamma: float = 1.375
    smoothing: float = 0.0
    average: bool = True
    reference: Signal[list[Tensor]] | None = None

    def __post_init__(self) -> None:
        """Refuse labels that say nothing."""
        super().__post_init__()
        if not 0 <= self.smoothing < 0.5:
            raise RecipeError(f"SimPO.smoothing must be at least 0 and below 0.5, got {self.smoothing}")

    def pair_losses(self, difference_P: Tensor) -> Tensor:
        """[P]."""
        return smoothed(self.beta * difference_P - self.gamma, self.smoothing)
