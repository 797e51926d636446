"""Which completions of a group are preferred to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mmreason.rewards.base import total
from mmreason.signals import Signal
from mmreason.types import Batch, Group

Pairs = list[tuple[int, int]]
"""Numbers of the chosen and the rejected completion of each pair."""
CHOSEN, REJECTED = "chosen", "rejected"


@dataclass(frozen=True)
class LabelledPairs(Signal[Pairs]):
    """Every completion of the arm "chosen" over every one of the arm "rejected": given pairs. Not from a paper."""

    per_completion: ClassVar[bool] = False

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Pairs]:
        """By the arms that the rollout noted."""
        return [self.of(group) for group in batch.groups]

    def of(self, group: Group) -> Pairs:
        """Pairs of one group."""
        arms = [c.arm for c in group.completions]
        chosen, rejected = ([i for i, arm in enumerate(arms) if arm == name] for name in (CHOSEN, REJECTED))
        return [(i, j) for i in chosen for j in rejected]


@dataclass(frozen=True)
class BestOverWorst(Signal[Pairs]):
    """The sampled completion of the highest total reward over that of the lowest (arXiv:2401.10020).

    Groups whose measured rewards are all equal give no pair. Of equal rewards the shortest completion counts, then the
    one that is first by its tokens.
    """

    per_completion: ClassVar[bool] = False
    whole_batch: ClassVar[bool] = True

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[Pairs]:
        """By the stage's reward terms."""
        out: list[Pairs] = []
        for group, r_G in zip(batch.groups, total(batch), strict=True):
            order = sorted(range(len(group)), key=lambda i: shortest_first(group, i))
            seen = [i for i in order if not r_G[i].isnan()]
            best, worst = (pick(seen, key=lambda i: float(r_G[i]), default=0) for pick in (max, min))
            out.append([(best, worst)] if seen and r_G[best] > r_G[worst] else [])
        return out


def shortest_first(group: Group, i: int) -> tuple[int, list[int]]:
    """Order of completions that does not depend on where they stand in the group."""
    tokens = group.completions[i].tokens.tolist()
    return len(tokens), tokens
