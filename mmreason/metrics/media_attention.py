"""Whether boxes in a thought make what follows look at the picture."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.metrics.batch import mean
from mmreason.probes.media_attention import RethinkAttention
from mmreason.types import Batch


@dataclass(frozen=True)
class MediaAttention:
    """GRIT's attention probe (arXiv:2505.15879): attention on the pictures in the second thought.

    Args:
        of: what is watched.
    """

    of: RethinkAttention = RethinkAttention()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``media_attention``, and ``media_attention_bare`` where the boxes before were taken out of the text."""
        values = [g[self.of] for g in batch.groups]
        return {
            "media_attention": mean(batch, [x[:, 0] for x in values]),
            "media_attention_bare": mean(batch, [x[:, 1] for x in values]),
        }
