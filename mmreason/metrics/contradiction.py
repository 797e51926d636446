"""How often a listener, after reading a chain, disagrees with the decision that followed it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.metrics.batch import mean
from mmreason.parsing.decision import read_decision
from mmreason.rewards.base import Reward
from mmreason.rewards.decision import ChainForFirst, DecisionAccuracy
from mmreason.signals import Signal
from mmreason.types import Batch, Group

NAN = float("nan")


def contradicts(first: float, decision: int | None) -> float:
    """Give 1 where a listener prefers the picture that was not decided for, else 0; a tie agrees.

    NaN where nobody decided or nobody listened.

    Args:
        first: the listener's probability of picture 1; NaN for none.
        decision: 1, 2 or None.

    >>> [contradicts(0.8, 1), contradicts(0.8, 2), contradicts(0.5, 2), contradicts(0.8, None)]
    [0.0, 1.0, 0.0, nan]
    """
    if decision is None or first != first:
        return NAN
    return float(first < 0.5 if decision == 1 else first > 0.5)


@dataclass(frozen=True)
class ContradictionRate:
    """Share of completions whose listener decides otherwise, arXiv:2506.22832 (10.1 % before, 8.3 % with its reward).

    Also the accuracy of those that are contradicted and of the others (the paper finds that it falls with
    disagreement), and how often the listener itself ends at the right picture. Completions without a chain or a
    decision are left out.

    Args:
        choice: [G] probability of the picture shown first after a chain: ``ListenerChoice``, or by default a rule.
        accuracy: says which decisions are right.
    """

    choice: Signal[Tensor] = ChainForFirst()
    accuracy: Reward = DecisionAccuracy()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``contradiction``, ``accuracy_agreed``, ``accuracy_contradicted`` and ``listener_right``."""
        found = [self.of(group) for group in batch.groups]
        right = [group[self.accuracy].double() for group in batch.groups]
        agreed = [r[c == 0] for r, c in zip(right, found, strict=True)]
        against = [r[c == 1] for r, c in zip(right, found, strict=True)]
        # Who is contradicted while right, or agreed with while wrong, was listened to by somebody who errs.
        heard = [torch.where(c == 0, r, 1 - r)[~c.isnan()] for r, c in zip(right, found, strict=True)]
        return {
            "contradiction": mean(batch, found),
            "accuracy_agreed": mean(batch, agreed),
            "accuracy_contradicted": mean(batch, against),
            "listener_right": mean(batch, heard),
        }

    def of(self, group: Group) -> Tensor:
        """Give [G] 1, 0 or NaN."""
        pairs = zip(group[self.choice].tolist(), group.completions, strict=True)
        return torch.tensor([contradicts(p, read_decision(c.text)) for p, c in pairs], dtype=torch.float64)
