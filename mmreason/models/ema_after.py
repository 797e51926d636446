"""A moving average that begins when a supervised start is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from mmreason.models.ema_model import EmaModel
from mmreason.models.sharding import local
from mmreason.models.specs import Ema
from mmreason.types import Batch


@dataclass(frozen=True, kw_only=True)
class EmaAfter(Ema):
    """``Ema``, but equal to the other role until the named stages are over: a cold start is not averaged over.

    With ``decay=1`` it is a frozen reference with the weights of the end of those stages. Under LoRA it holds a copy of
    the adapter alone, as ``Ema`` does.
    """

    stages: tuple[str, ...] = ()

    def open(self, run: Any) -> EmaModel:
        """Copy the weights as they are now."""
        found = self.averaging(LateEma, run)
        found.stages = self.stages
        return found


class LateEma(EmaModel):
    """The average of an ``EmaAfter``."""

    stages: tuple[str, ...] = ()

    @torch.no_grad()
    def after_step(self, batch: Batch) -> None:
        """Follow at once in the stages named, and as an average after them."""
        if batch.progress.stage not in self.stages:
            super().after_step(batch)
            return
        source, target = dict(self.of.core.named_parameters()), dict(self.core.named_parameters())
        for name, average in self.average.items():
            average.copy_(local(source[name]))
            local(target[name]).copy_(average)
        self.follow()
