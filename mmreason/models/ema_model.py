"""A moving average of another model's weights as a live part."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from mmreason.asks import Role
from mmreason.errors import CheckpointError
from mmreason.models.policy import LanguageModel
from mmreason.models.runner import Runner
from mmreason.types import Batch


class EmaModel(LanguageModel):
    """Exponential moving average of another model's learning weights, in fp32, every so many steps."""

    def __init__(
        self, role: Role, core: nn.Module, runner: Runner, of: LanguageModel, decay: float, every: int
    ) -> None:
        super().__init__(role, core, runner)
        self.of, self.decay, self.every, self.seen = of, decay, every, 0
        learning = [name for name, p in of.core.named_parameters() if p.requires_grad]
        self.average = {name: dict(core.named_parameters())[name].detach().float().clone() for name in learning}

    @torch.no_grad()
    def after_step(self, batch: Batch) -> None:
        """Every ``every`` steps: average = decay * average + (1 - decay) * weights."""
        self.seen += 1
        if self.seen % self.every:
            return
        source, target = dict(self.of.core.named_parameters()), dict(self.core.named_parameters())
        for name, average in self.average.items():
            average.lerp_(source[name].detach().float(), 1 - self.decay)
            target[name].copy_(average)
        self.follow_tower()

    def follow_tower(self) -> None:
        """Forget features where the average holds weights of the tower; a frozen one is shared with the source."""
        if self.of.runner.tower_learns():
            self.runner.tower_changed()

    def state_dict(self) -> dict[str, Any]:
        """The fp32 buffer and how many steps it has seen."""
        return {"seen": self.seen, "average": {name: value.clone() for name, value in self.average.items()}}

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Every tensor matched, then copied into the weights."""
        if set(state["average"]) != set(self.average):
            raise CheckpointError(f"{self.role.name}: the checkpoint averages other weights than this run")
        self.seen, target = state["seen"], dict(self.core.named_parameters())
        for name, value in state["average"].items():
            self.average[name].copy_(value)
            target[name].copy_(value)
        self.follow_tower()
