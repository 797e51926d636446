"""Entropy of the policy, in the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from mmreason.asks import Entropy, Quantity, Scores
from mmreason.losses.base import TokenLoss
from mmreason.types import Group, Knob


@dataclass(frozen=True, kw_only=True)
class EntropyBonus(TokenLoss):
    """Minus the mean next-token entropy (arXiv:1602.01783): a positive ``weight`` keeps the policy exploring."""

    weight: Knob = 1e-3
    want: ClassVar[tuple[Quantity[list[Tensor]], ...]] = (Entropy(),)

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] minus the entropy at each token of completion i."""
        return -got[0]

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Mean entropy in nats."""
        found = [got[0].detach().cpu()[group.completions[i].wrote] for i, got in self.rows(group, replies)]
        return {"entropy": (float(sum(x.sum() for x in found)), float(sum(len(x) for x in found)))}
