"""A reward times a factor of its task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from mmreason.rewards.base import GroupReward
from mmreason.types import Group, Task


@dataclass(frozen=True)
class Times(GroupReward):
    """Multiply a group's reward by a number of its task, before normalisation. Not from a paper.

    A constant of the group cancels where the group's own deviation normalises: there use ``credit.Scaled``.
    """

    of: GroupReward
    by: Callable[[Task], float]

    def score(self, group: Group) -> Tensor:
        """[G]."""
        return group[self.of] * self.by(group.task)
