"""Generalised advantage estimation: credit per token from a critic's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from mmreason.credit.base import Credit, owned, streams
from mmreason.errors import RecipeError
from mmreason.probes.values import StateValues
from mmreason.rewards.base import TokenReward, stream
from mmreason.signals import Signal
from mmreason.types import Batch, Group

NAN = float("nan")


def gae(reward_T: Tensor, value_T: Tensor, gamma: float = 1.0, lam: float = 0.95) -> Tensor:
    """Generalised advantage estimation (arXiv:1506.02438, eq. 16); the value beyond the end is 0.

    delta_t = r_t + gamma V_{t+1} - V_t and A_t = delta_t + gamma lam A_{t+1}.

    Args:
        reward_T: reward of each token.
        value_T: value of the state before each token.
        gamma: discount per token, 0 to 1.
        lam: decay of later errors, 0 to 1: 0 is one-step, 1 is reward to go minus value.

    Returns:
        [T] float64 advantages; the returns, which the critic learns, are these plus the values.
    """
    if reward_T.shape != value_T.shape:
        raise ValueError(f"gae: expected equal shapes, got {tuple(reward_T.shape)} and {tuple(value_T.shape)}")
    value_T = value_T.double()
    after_T = torch.cat([value_T[1:], value_T.new_zeros(min(len(value_T), 1))])
    delta_T = reward_T.double() + gamma * after_T - value_T
    found = accumulate(reversed(delta_T.tolist()), lambda later, delta: delta + gamma * lam * later)
    return torch.tensor([*found][::-1], dtype=torch.float64)


@dataclass(frozen=True)
class GAE(Credit):
    """Generalised advantage estimation, arXiv:1506.02438, as PPO (arXiv:1707.06347) spends it.

    A scalar term's reward sits on the last token that it owns, those of ``tokens`` (such as a KL in the reward) where
    they are. Tokens that the policy did not write are passed over, as if the next written one followed at once. A
    completion of which no term was measured earns nothing and moves nobody.

    Args:
        critic: values of the states.
        gamma: discount per token.
        lam: decay of later errors; 0.95, or 1 for verifiable rewards at the end of long completions.
        tokens: rewards per token, added before the advantages are formed.
        whiten: subtract the mean and divide by the deviation of all tokens of the batch, on all ranks.
        ddof: 1 is the unbiased deviation of verl, 0 that of OpenRLHF.
        eps: added to the variance.
    """

    critic: Signal[list[Tensor]] = StateValues()
    gamma: float = 1.0
    lam: float = 0.95
    tokens: tuple[TokenReward, ...] = ()
    whiten: bool = True
    ddof: int = 1
    eps: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse what is no discount."""
        if not (0 <= self.gamma <= 1 and 0 <= self.lam <= 1):
            raise RecipeError(f"GAE needs gamma and lam from 0 to 1, got gamma={self.gamma} and lam={self.lam}")

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Advantages, whitened over the batch; 0 where there is none."""
        mine = [self.raw(batch, group) for group in batch.groups]
        if self.whiten:
            every = batch.everyone([a_T for row in mine for a_T in row])
            seen = every[~every.isnan()]
            spread = seen.var(correction=self.ddof) if len(seen) > self.ddof else torch.zeros((), dtype=torch.float64)
            mine = [[(a_T - seen.mean()) / (spread + self.eps).sqrt() for a_T in row] for row in mine]
        return [[a_T.nan_to_num(0.0) for a_T in row] for row in mine]

    def raw(self, batch: Batch, group: Group) -> list[Tensor]:
        """[T] advantages of each completion; NaN where the policy did not write or nothing was measured."""
        out = []
        for c, r_T, v_T in zip(group.completions, self.rewards(batch, group), group[self.critic], strict=True):
            a_T = torch.full((len(c.tokens),), NAN, dtype=torch.float64)
            a_T[c.wrote] = gae(r_T[c.wrote], v_T[c.wrote], self.gamma, self.lam)
            out.append(a_T)
        return out

    def rewards(self, batch: Batch, group: Group) -> list[Tensor]:
        """[T] rewards of each completion, token by token; NaN where no scalar term was measured."""
        columns = [(terms[0], stream(terms, group, batch)) for terms in streams(batch.terms)]
        out = []
        for i, c in enumerate(group.completions):
            r_T = sum((group[t][i].double() for t in self.tokens), torch.zeros(len(c.tokens), dtype=torch.float64))
            if columns and all(r_G[i].isnan() for _, r_G in columns):
                r_T = r_T + NAN
            for term, r_G in columns:
                places = owned(term, c).nonzero()
                if len(places) and not r_G[i].isnan():
                    r_T[places[-1]] += r_G[i]
            out.append(r_T)
        return out


@dataclass(frozen=True)
class Returns(Signal["list[Tensor]"]):
    """What the critic learns to say (arXiv:1506.02438): advantages before whitening, plus the values they came from.

    NaN where there is nothing to learn.
    """

    of: GAE = GAE()

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[Tensor]]:
        """[T] per completion."""
        rows = [(self.of.raw(batch, group), group[self.of.critic]) for group in batch.groups]
        return [[a_T + v_T.double() for a_T, v_T in zip(*row, strict=True)] for row in rows]
