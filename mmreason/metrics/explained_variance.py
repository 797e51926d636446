"""How much of the returns a critic foresees."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmreason.credit.gae import Returns
from mmreason.probes.values import StateValues
from mmreason.signals import Signal
from mmreason.types import Batch

NAN = float("nan")


@dataclass(frozen=True)
class ExplainedVariance:
    """1 - Var(returns - values) / Var(returns) over the tokens of the batch, on all ranks. Not from a paper.

    1 is a perfect critic, 0 one that says the same of every state, below 0 a harmful one; NaN where all returns are
    equal.
    """

    critic: Signal[list[Tensor]] = StateValues()
    returns: Signal[list[Tensor]] = Returns()

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give ``explained_variance``."""
        r = batch.everyone([x for g in batch.groups for x in g[self.returns]])
        v = batch.everyone([x for g in batch.groups for x in g[self.critic]])
        seen = ~r.isnan()
        spread = float(r[seen].var(correction=0)) if bool(seen.any()) else 0.0
        rest = float((r - v)[seen].var(correction=0)) if bool(seen.any()) else 0.0
        return {"explained_variance": 1 - rest / spread if spread > 1e-12 else NAN}
