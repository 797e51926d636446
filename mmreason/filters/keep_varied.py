"""Dynamic sampling's filter."""

from __future__ import annotations

from dataclasses import dataclass

from mmreason.rewards.base import Reward
from mmreason.types import Batch


@dataclass(frozen=True)
class KeepVaried:
    """DAPO's dynamic sampling, arXiv:2503.14476: drop groups whose measured rewards are all equal.

    Judged exactly, not by a threshold on a spread that float noise could pass. NaN counts as not measured; a group with
    nothing measured is dropped. So is a group of one; ``singles`` keeps it (the released recipe). Hold the accuracy,
    not the shaped reward: a length penalty makes any group vary. Set ``Stage.rounds`` above 1 to refill.
    """

    of: Reward
    singles: bool = False

    def __call__(self, batch: Batch) -> list[bool]:
        """True where two measured rewards differ."""
        out = []
        for group in batch.groups:
            seen = group[self.of][~group[self.of].isnan()]
            alone = self.singles and len(seen) == len(group) == 1
            out.append(alone or (bool(len(seen)) and bool((seen != seen[0]).any())))
        return out
