"""What a critic expects of each state of a completion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmreason.asks import POLICY, Quantity, Role, Row, Score, Scores, Slab
from mmreason.signals import Probe
from mmreason.types import Batch, Group

CRITIC = Role("critic")


@dataclass(frozen=True)
class StateValue(Quantity["list[Tensor]"]):
    """V(s) at the state that predicts each token (arXiv:1506.02438), one [T] per row.

    The head is ``core.value`` of the live part that plays ``head``. With ``detach`` no gradient goes from it into the
    model whose states it reads.
    """

    head: Role = CRITIC
    detach: bool = True

    def window(self, slab: Slab) -> Tensor:
        """[R, n]."""
        states = slab.hidden.detach() if self.detach else slab.hidden
        value: Tensor = slab.part(self.head).core.value(states)[..., 0]
        return value


@dataclass(frozen=True)
class StateValues(Probe["list[Tensor]", Scores]):
    """[T] values of each completion's states before learning (arXiv:1506.02438), on the CPU.

    ``head`` reads the states of ``by`` under the task's own prompt. An empty completion gives an empty tensor and costs
    no forward.
    """

    head: Role = CRITIC
    by: Role = POLICY

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        """One row per completion."""
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in group.completions if len(c.tokens))
        return [Score(self.by, rows, (StateValue(self.head),))] if rows else []

    def read(self, group: Group, replies: Sequence[Scores]) -> list[Tensor]:
        """In the order of the completions."""
        found = iter(replies[0][StateValue(self.head)] if replies else [])
        return [next(found).cpu() if len(c.tokens) else torch.zeros(0) for c in group.completions]
