"""One importance ratio per completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from mmreason.losses.base import Over, Sequences
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.functional import sequence_log_ratio
from mmreason.types import Group


@dataclass(frozen=True, kw_only=True)
class SequenceRatio(ClippedSurrogate):
    """GSPO, arXiv:2507.18071: the clip of one ratio per completion, the geometric mean of its tokens' ratios.

    ``by_token=True`` is GSPO-token: the same value, and each token's gradient carries its own credit (verl's ``gspo``;
    equal to the plain form where credit is constant over the tokens). ``total="sum"`` takes the product instead of the
    mean, the true ratio of the sequence: the loss of RLOO (arXiv:2402.14740) in TRL, with 0.2 on both sides.

    The mean over completions is ``Sequences``; TRL with its ``dapo`` aggregation weighs them by length (``Tokens``),
    LUSPO (arXiv:2602.05261) multiplies by it (``SequenceSums``). verl bounds the log-ratio at 10.
    """

    low: float = 3e-4
    high: float = 4e-4
    by_token: bool = False
    total: Literal["mean", "sum"] = "mean"
    over: Over = Sequences()

    def log_ratio(self, group: Group, i: int, logp_T: Tensor) -> Tensor:
        """[T] log of the sequence's ratio, the same at each token."""
        wrote_T = group.completions[i].wrote.to(logp_T.device)
        whole_T = sequence_log_ratio(logp_T - group[self.old][i].to(logp_T), wrote_T, self.total)
        whole_T = whole_T.clamp(-self.bound, self.bound)
        return whole_T.detach() + logp_T - logp_T.detach() if self.by_token else whole_T
