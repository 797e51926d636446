"""Log-probs of the completions' own tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.asks import POLICY, LogProb, Role, Row, Score, Scores
from mmreason.signals import Probe, Signal
from mmreason.types import Batch, Group


@dataclass(frozen=True)
class Sampled(Signal["list[Tensor]"]):
    """Log-probs noted by the sampler, under the prompt that it really saw. Not from a paper."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[Tensor]]:
        """[T] per completion."""
        return [[c.logprobs for c in g.completions] for g in batch.groups]


@dataclass(frozen=True)
class TokenLogprobs(Probe["list[Tensor]", Scores]):
    """[T] log-probs of each completion under a role, at its sampling temperature. Not from a paper.

    ``trained=True`` scores under the task's own prompt; False under the prompt that the completion was sampled under.
    An empty completion gives an empty tensor and costs no forward.
    """

    under: Role = POLICY
    trained: bool = True

    @property
    def track(self) -> str:
        """Its name in the traces."""
        return f"logprob of {self.under.name}"

    def ask(self, group: Group, batch: Batch) -> list[Score]:
        """One row per completion."""
        rows = tuple(
            Row(group.task.prompt if self.trained else c.asked or group.task.prompt, (c.tokens,), c.temperature)
            for c in group.completions
            if len(c.tokens)
        )
        return [Score(self.under, rows, (LogProb(),))] if rows else []

    def read(self, group: Group, replies: Sequence[Scores]) -> list[Tensor]:
        """In the order of the completions."""
        found = iter(replies[0][LogProb()] if replies else [])
        return [next(found).cpu() if len(c.tokens) else torch.zeros(0) for c in group.completions]
