"""Entropy at the completions' own tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mmreason.asks import POLICY, Entropy, Role, Row, Score, Scores
from mmreason.signals import Probe
from mmreason.types import Batch, Group


@dataclass(frozen=True)
class TokenEntropies(Probe["list[Tensor]", Scores]):
    """[T] entropy in nats of the distribution each token was drawn from, at its temperature. Not from a paper.

    An empty completion gives an empty tensor and costs no forward.
    """

    under: Role = POLICY
    track: ClassVar[str] = "entropy"
    """Its name in the traces."""

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        """One row per completion."""
        rows = tuple(Row(group.task.prompt, (c.tokens,), c.temperature) for c in group.completions if len(c.tokens))
        return [Score(self.under, rows, (Entropy(),))] if rows else []

    def read(self, group: Group, replies: Sequence[Scores]) -> list[Tensor]:
        """In the order of the completions."""
        found = iter(replies[0][Entropy()] if replies else [])
        return [next(found) if len(c.tokens) else torch.zeros(0) for c in group.completions]
