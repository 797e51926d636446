"""Losses that weigh credit with an importance ratio."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.losses.base import CreditLoss
from mmreason.losses.functional import BOUND
from mmreason.probes.token_logprobs import Sampled
from mmreason.signals import Signal
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class RatioLoss(CreditLoss):
    """What losses with an importance ratio share.

    Args:
        old: log-probs under the weights that sampled, as the denominator: those that the sampler noted, or another
            signal, e.g. ``TokenLogprobs()``, the trainer's own scores before the first update.
        bound: log-ratios are kept in [-bound, bound].
        stale: off-policy mask (DeepSeek-V3.2, arXiv:2512.02556): a completion of negative credit is left out where the
            mean over its tokens of ``sampled - current`` log-prob exceeds this; None never does.
        sampled: log-probs that ``stale`` compares with: the sampler's own, so that a drift of its engine is seen too.
    """

    old: Signal[list[Tensor]] = Sampled()
    bound: float = BOUND
    stale: float | None = None
    sampled: Signal[list[Tensor]] = Sampled()

    def log_ratio(self, group: Group, i: int, logp_T: Tensor) -> Tensor:
        """[T] log of the importance ratio of completion i."""
        return (logp_T - group[self.old][i].to(logp_T)).clamp(-self.bound, self.bound)

    def credit(self, group: Group, i: int, logp_T: Tensor) -> Tensor:
        """[T] credit of completion i; 0 where the policy has moved too far away from what was sampled."""
        adv_T = group[self.by][i].to(logp_T)
        if self.stale is None:
            return adv_T
        wrote_T = group.completions[i].wrote.to(logp_T.device)
        gap_T = (group[self.sampled][i].to(logp_T) - logp_T.detach()).nan_to_num(0.0)[wrote_T]
        far = gap_T.sum() / max(len(gap_T), 1) > self.stale
        return torch.where((adv_T < 0) & far, torch.zeros_like(adv_T), adv_T)
