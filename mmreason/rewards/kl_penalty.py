"""KL to a reference policy, in the reward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from mmreason.asks import REFERENCE
from mmreason.losses.functional import kl
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.rewards.base import GroupReward, TokenReward
from mmreason.signals import Signal
from mmreason.types import Group


@dataclass(frozen=True)
class TokenKLReward(TokenReward):
    """PPO-style KL in the reward (arXiv:2009.01325): minus ``beta`` times k1 at each token that the policy wrote."""

    beta: float = 0.04
    estimator: Literal["k1", "k2", "k3"] = "k1"
    policy: Signal[list[Tensor]] = Sampled()
    reference: Signal[list[Tensor]] = TokenLogprobs(under=REFERENCE)

    def place(self, group: Group) -> list[Tensor]:
        """[T] per completion."""
        pairs = zip(group.completions, group[self.policy], group[self.reference], strict=True)
        return [-self.beta * kl(p.double(), r.double(), self.estimator) * c.wrote for c, p, r in pairs]


@dataclass(frozen=True)
class SequenceKLReward(GroupReward):
    """RLOO's KL in the reward (arXiv:2402.14740): minus the sum (or mean) over tokens of the KL estimate.

    Weight it with beta in the term. An empty completion gives 0.
    """

    estimator: Literal["k1", "k2", "k3"] = "k1"
    over: Literal["sum", "mean"] = "sum"
    policy: Signal[list[Tensor]] = Sampled()
    reference: Signal[list[Tensor]] = TokenLogprobs(under=REFERENCE)

    def score(self, group: Group) -> Tensor:
        """[G]."""
        out = []
        for c, p, r in zip(group.completions, group[self.policy], group[self.reference], strict=True):
            k_T = kl(p.double(), r.double(), self.estimator)[c.wrote]
            out.append(-(k_T.sum() if self.over == "sum" else k_T.sum() / max(len(k_T), 1)))
        return torch.stack(out) if out else torch.zeros(0, dtype=torch.float64)
