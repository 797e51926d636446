"""A moving average of another model's weights as a live part."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from mmreason.asks import Role
from mmreason.errors import CheckpointError
from mmreason.models.policy import LanguageModel
from mmreason.models.runner import Runner
from mmreason.models.sharding import local
from mmreason.types import Batch


class EmaModel(LanguageModel):
    """Exponential moving average of another model's learning weights, in fp32, every so many steps."""

    def __init__(
        self, role: Role, core: nn.Module, runner: Runner, of: LanguageModel, decay: float, every: int
    ) -> None:
        super().__init__(role, core, runner)
        self.of, self.decay, self.every, self.seen = of, decay, every, 0
        learning = [name for name, p in of.core.named_parameters() if p.requires_grad]
        own = dict(core.named_parameters())
        self.average = {name: local(own[name]).float().clone() for name in learning}

    @torch.no_grad()
    def after_step(self, batch: Batch) -> None:
        """Every ``every`` steps: average = decay * average + (1 - decay) * weights."""
        self.seen += 1
        if self.seen % self.every:
            return
        source, target = dict(self.of.core.named_parameters()), dict(self.core.named_parameters())
        for name, average in self.average.items():
            average.lerp_(local(source[name]).float(), 1 - self.decay)
            local(target[name]).copy_(average)
        self.follow()

    def follow(self) -> None:
        """After the weights have changed: forget features of a tower that did; a frozen one is the source's own."""
        self.sharding.changed()
        if self.of.runner.tower_learns():
            self.runner.tower_changed()

    def state_dict(self) -> dict[str, Any]:
        """The fp32 buffer and how many steps it has seen; every rank must call."""
        own = dict(self.core.named_parameters())
        average = self.sharding.whole({name: (own[name], value) for name, value in self.average.items()})
        return {"seen": self.seen, "average": average}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Every tensor matched, then copied into the weights."""
        if set(state["average"]) != set(self.average):
            raise CheckpointError(f"{self.role.name}: the checkpoint averages other weights than this run")
        self.seen, target = state["seen"], dict(self.core.named_parameters())
        for name, value in state["average"].items():
            self.average[name].copy_(self.sharding.part(target[name], value))
            local(target[name]).copy_(self.average[name])
        self.follow()
