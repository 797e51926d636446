"""How often the reasoning supports the answer."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field

from torch import Tensor

from mmreason.metrics.batch import by_field, mean
from mmreason.rewards.base import Reward
from mmreason.rewards.care.conclusion import ConclusionMatches
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.signals import Signal
from mmreason.types import Batch


@dataclass(frozen=True)
class ConsistencyRate:
    """Share of responses whose reasoning supports the answer, GRPO-CARE (arXiv:2506.16141); also of the right ones.

    ``consistency_right`` is what the bonus is after: right answers whose thought says so. NaN where there is none.

    Args:
        judge: [G] 1, 0 or NaN: ``ConclusionMatches`` (an exact rule for multiple choice) or ``JudgedSupport``.
        accuracy: Says which are right.
        field: Also apart by this field of the record, such as ``level``.
    """

    judge: Signal[Tensor] = dataclass_field(default_factory=ConclusionMatches)
    accuracy: Reward = dataclass_field(default_factory=VideoR1Accuracy)
    field: str | None = None

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``consistency``, ``consistency_right``, and ``consistency/L1`` and so on."""
        said = [g[self.judge] for g in batch.groups]
        right = [g[self.judge][g[self.accuracy] > 0.5] for g in batch.groups]
        out = {"consistency": mean(batch, said), "consistency_right": mean(batch, right)}
        if self.field is not None:
            out |= {f"consistency/{label}": x for label, x in by_field(batch, said, self.field).items()}
        return out
