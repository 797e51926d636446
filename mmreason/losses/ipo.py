"""Identity preference optimisation."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.losses.preference import PreferenceLoss


@dataclass(frozen=True, kw_only=True)
class IPO(PreferenceLoss):
    """IPO, arXiv:2310.12036: (h - 1 / (2 beta))^2, h as in DPO; beta is the paper's tau.

    The paper sums over tokens; ``average`` takes the mean of each side, as TRL does.
    """

    def pair_losses(self, difference_P: Tensor) -> Tensor:
        """[P]."""
        return (difference_P - 1 / (2 * self.beta)).square()
