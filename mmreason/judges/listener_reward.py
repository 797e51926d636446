"""How far a chain of thought brings somebody else to the right choice."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.judges.listener_choice import ListenerChoice
from mmreason.parsing.decision import chain_of
from mmreason.rewards.base import GroupReward
from mmreason.rewards.decision import preferred
from mmreason.types import Group


@dataclass(frozen=True)
class ListenerReward(GroupReward):
    """r_list of arXiv:2506.22832: probability that a listener gives to the right picture after reading the chain.

    The listener is another model, or this one before it learned; it sees the pictures and the chain, never the
    decision. A soft value from 0 to 1. NaN where the listener did not answer, and for tasks whose gold answer is no
    decision.

    Args:
        choice: who listens, and in which order of the pictures.
        silent: for a completion without a chain. 0.5 would be what a listener says who knows nothing.
    """

    choice: ListenerChoice = ListenerChoice()
    silent: float = 0.0

    def score(self, group: Group) -> Tensor:
        """Give [G]."""
        first_G, better = group[self.choice].double(), preferred(group.task)
        if better is None:
            return torch.full_like(first_G, float("nan"))
        right_G = first_G if better == 1 else 1 - first_G
        quiet_G = torch.tensor([not chain_of(c.text) for c in group.completions], dtype=torch.bool)
        return right_G.masked_fill(quiet_G, self.silent)
