"""Supervised learning as a loss of the same loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from mmreason.losses.base import TokenLoss
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(TokenLoss):
    """Negative log-likelihood of demonstrated tokens (those marked as written). Not from a paper."""

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] minus the log-prob."""
        return -got[0]
