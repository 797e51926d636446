"""KL to a reference policy, in the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from mmreason.asks import REFERENCE, Scores
from mmreason.losses.base import TokenLoss
from mmreason.losses.functional import BOUND, KLEstimator, kl, sequence_log_ratio
from mmreason.probes.token_logprobs import Sampled, TokenLogprobs
from mmreason.signals import Signal
from mmreason.types import Group, Knob


@dataclass(frozen=True, kw_only=True)
class KLPenalty(TokenLoss):
    """GRPO's KL term, arXiv:2402.03300: ``weight`` times the estimated KL to the reference, k3 by default.

    All completions take part, also those without credit. ``clamp`` bounds the estimate (10 in verl). ``corrected``
    multiplies it with the importance ratio to ``old``, which carries gradient: the estimate of k3 is then unbiased, in
    value and gradient, also off-policy (DeepSeek-V3.2, arXiv:2512.02556; on by default in TRL). With a ratio per
    sequence TRL takes its geometric mean at every token.
    """

    estimator: KLEstimator = "k3"
    clamp: float | None = None
    corrected: Literal["no", "token", "sequence"] = "no"
    old: Signal[list[Tensor]] = Sampled()
    reference: Signal[list[Tensor]] = TokenLogprobs(under=REFERENCE)
    weight: Knob = 0.04

    def tokens(self, group: Group, i: int, got: Sequence[Tensor]) -> Tensor:
        """[T] estimated KL of completion i."""
        k_T = kl(got[0], group[self.reference][i].to(got[0]), self.estimator, self.clamp)
        if self.corrected == "no":
            return k_T
        log_T = got[0] - group[self.old][i].to(got[0])
        if self.corrected == "sequence":
            log_T = sequence_log_ratio(log_T, group.completions[i].wrote.to(got[0].device))
        return k_T * log_T.clamp(-BOUND, BOUND).exp()

    def observe(self, group: Group, replies: Sequence[Scores]) -> dict[str, tuple[float, float]]:
        """Mean k3 per token."""
        found = [
            kl(got[0].detach().cpu(), group[self.reference][i].to(got[0].dtype).cpu())[group.completions[i].wrote]
            for i, got in self.rows(group, replies)
        ]
        return {"kl": (float(sum(x.sum() for x in found)), float(sum(len(x) for x in found)))}
