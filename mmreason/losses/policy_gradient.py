"""The policy gradient itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from mmreason.losses.aggregation import SequenceSums
from mmreason.losses.base import CreditLoss, Over
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class PolicyGradient(CreditLoss):
    """REINFORCE (Williams, 1992; arXiv:2402.14740): minus credit times log-prob; no ratio, no clip.

    For one update per rollout. The sum over a completion's tokens is the log-prob of the whole. GPG (arXiv:2504.02546)
    takes the mean over tokens in its place (``Sequences``). The value holds the log-prob: it says nothing by itself.
    """

    over: Over = SequenceSums()

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] of completion i."""
        return -group[self.by][i].to(got[0]) * got[0]
