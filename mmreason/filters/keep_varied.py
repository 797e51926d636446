"""Dynamic sampling's filter."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.rewards.base import Reward
from mmreason.types import Batch


@dataclass(frozen=True)
class KeepVaried:
    """DAPO's dynamic sampling, arXiv:2503.14476: drop groups whose measured rewards are all equal.

    Judged exactly, not by a threshold on a spread that float noise could pass. NaN counts as not measured; a group with
    nothing measured is dropped. Set ``Stage.rounds`` above 1 to refill.
    """

    of: Reward

    def __call__(self, batch: Batch) -> list[bool]:
        """True where two measured rewards differ."""
        out = []
        for group in batch.groups:
            seen = group[self.of][~group[self.of].isnan()]
            out.append(bool(len(seen)) and bool((seen != seen[0]).any()))
        return out
