"""Sampling with models whose rows cannot share a forward: each row by itself, with the library's own cache."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmreason.models.encoded import Encoded
from mmreason.models.runner import Runner


@dataclass(eq=False)
class Past:
    """What a row has behind it."""

    ids: Tensor
    """[T] all of its tokens."""
    kept: Any = None
    """The model's cache of them; None where it has none that goes on right, and all tokens run again each time."""


class RowCache:
    """Takes the place of ``Cache``: the same seats and steps, one forward for each row."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.pasts: list[Past] = []

    def seat(self, rows: Sequence[Any], slots: Sequence[int]) -> Tensor:
        """Make these the rows; gives [M, V] logits of those that come, as ``Cache.seat`` does."""
        old, self.pasts = self.pasts, []
        ends: dict[tuple[Encoded, bytes], tuple[Past, Tensor]] = {}
        logits = []
        for row, slot in zip(rows, slots, strict=True):
            if slot >= 0:
                self.pasts.append(old[slot])
                continue
            start = (row.encoded, row.prefix.numpy().tobytes())
            if start not in ends:  # a prompt and what is there already run once for all rows that go on from it
                ids = torch.cat([row.encoded.ids, row.prefix]).to(self.runner.device)
                self.count(prompts=len(row.encoded), rows=len(row.prefix))
                ends[start] = self.run(Past(ids), ids)
            past, end = ends[start]
            self.pasts.append(Past(past.ids, copy.deepcopy(past.kept)))
            logits.append(end)
        return torch.stack(logits) if logits else torch.zeros(0, self.runner.vocab)

    def step(self, tokens: Tensor) -> Tensor:
        """Run one token for each row, [N]; gives [N, V] logits."""
        found = [self.run(past, token[None]) for past, token in zip(self.pasts, tokens, strict=True)]
        self.pasts = [past for past, _ in found]
        self.runner.ledger.add("decode_steps")
        self.count(prompts=0, rows=len(tokens))
        return torch.stack([logits for _, logits in found])

    def run(self, past: Past, new: Tensor) -> tuple[Past, Tensor]:
        """Put tokens [T] behind a row; gives the row and the [V] logits of what follows."""
        ids = new if new is past.ids else torch.cat([past.ids, new])
        body = self.runner.body
        states, kept = body.alone_states(ids if past.kept is None else new, past.kept)
        return Past(ids, kept), body.head(states[-1])

    def count(self, prompts: int, rows: int) -> None:
        """Note what it costs."""
        self.runner.ledger.add("prompt_tokens", prompts)
        self.runner.ledger.add("completion_tokens", rows)
        self.runner.ledger.add("logical_tokens", prompts + rows)
