"""GRPO-CARE's ablation with a bonus for every right answer, as large as it is likely."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from mmreason.probes.answer_likelihood import AnswerLikelihood
from mmreason.rewards.base import GroupReward, Reward
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.signals import Signal
from mmreason.types import Group


@dataclass(frozen=True)
class DenseConsistency(GroupReward):
    """DenseCons of GRPO-CARE (arXiv:2506.16141): coef * accuracy * likelihood, without selection or baseline.

    A wrong answer gets 0 whatever its likelihood, also where that is not known.

    Args:
        accuracy: Says who is right.
        likelihood: [G] likelihood of each answer after its thought.
        coef: Lambda.
    """

    accuracy: Reward = field(default_factory=VideoR1Accuracy)
    likelihood: Signal[Tensor] = field(default_factory=AnswerLikelihood)
    coef: float = 0.5

    def score(self, group: Group) -> Tensor:
        """[G]."""
        acc_G, p_G = group[self.accuracy].double(), group[self.likelihood].double()
        return torch.where(acc_G == 0, 0.0, self.coef * acc_G * p_G)
