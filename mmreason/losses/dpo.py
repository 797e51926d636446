"""Direct preference optimisation."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.losses.preference import PreferenceLoss, smoothed


@dataclass(frozen=True, kw_only=True)
class DPO(PreferenceLoss):
    """DPO, arXiv:2305.18290: -logsigmoid(beta h), h how much more the policy prefers the chosen one than its reference.

    ``smoothing`` is the share of labels taken to be wrong (conservative DPO; with ``robust`` that of arXiv:2403.00409).
    ``average`` divides each side by its length (TRL's "sigmoid_norm"); ``reference=None`` is the reference-free form.
    """

    smoothing: float = 0.0
    robust: bool = False

    def __post_init__(self) -> None:
        """Refuse labels that say nothing."""
        super().__post_init__()
        if not 0 <= self.smoothing < 0.5:
            raise RecipeError(f"DPO.smoothing must be at least 0 and below 0.5, got {self.smoothing}")

    def pair_losses(self, difference_P: Tensor) -> Tensor:
        """[P]."""
        return smoothed(self.beta * difference_P, self.smoothing, self.robust)
