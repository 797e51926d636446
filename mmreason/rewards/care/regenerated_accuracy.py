"""GRPO-CARE's ablation in which the reference must come to the right answer from the same thought."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from mmreason.probes.regenerated_answer import RegeneratedAnswer
from mmreason.rewards.base import GroupReward
from mmreason.signals import Signal
from mmreason.types import Group


@dataclass(frozen=True)
class RegeneratedAccuracy(GroupReward):
    """RefGen of GRPO-CARE (arXiv:2506.16141): coef * accuracy of the answer that the reference gives after the thought.

    0 for a completion without an answer tag. It costs a short generation for each completion.

    Args:
        again: [G] accuracy of the answers written anew.
        coef: Lambda.
    """

    again: Signal[Tensor] = field(default_factory=RegeneratedAnswer)
    coef: float = 0.5

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return self.coef * group[self.again]
