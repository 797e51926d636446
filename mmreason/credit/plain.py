"""No normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.credit.base import Advantage
from mmreason.types import Batch


@dataclass(frozen=True)
class Raw(Advantage):
    """REINFORCE (Williams, 1992; arXiv:2402.14740): the reward itself, with no baseline. NaN earns nothing."""

    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """As it is."""
        return column
