"""KL to a reference on right answers only."""

from __future__ import annotations

from dataclasses import dataclass, field

from mmreason.losses.kl_penalty import KLPenalty
from mmreason.rewards.base import Reward
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class AccurateKL(KLPenalty):
    """GRPO-CARE's ablation "KL on accurate samples only" (arXiv:2506.16141): wrong answers may move away freely.

    The divisor counts all completions. ``least`` is the accuracy above which a completion is held near the reference.
    """

    accuracy: Reward = field(default_factory=VideoR1Accuracy)
    least: float = 0.1

    def used(self, group: Group) -> list[int]:
        """Completions that are right enough; one that is not measured is left out."""
        acc_G = group[self.accuracy]
        return [i for i in super().used(group) if float(acc_G[i]) > self.least]
