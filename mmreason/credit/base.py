"""Credit: [T] per completion. Held by the loss that spends it; methods wrap one another.

An ``Advantage`` turns the reward table into one number per completion and stream (terms that own the same tokens form
one stream) and lays it on those tokens. Wrappers (``PerTerm``, ``ToGo``, ``Scaled``) reshape another credit, so a sum
of separately normalised branches is again a credit.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from mmreason.rewards.base import Reward, Term, stream
from mmreason.signals import Signal
from mmreason.types import Batch, Completion


class Credit(Signal["list[Tensor]"]):
    """G tensors [T] float64 per group; 0 is no credit. Sees the batch."""

    whole_batch: ClassVar[bool] = True

    @abstractmethod
    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Give the credit of every token of every completion."""

    def values(self, batch: Batch, replies: Sequence[Sequence[Any]]) -> list[list[Tensor]]:
        """Arithmetic only."""
        return self(batch)


class Advantage(Credit):
    """One number per completion and stream; terms that own the same tokens are one stream."""

    @abstractmethod
    def normalise(self, batch: Batch, column: list[Tensor]) -> list[Tensor]:
        """From the stream's rewards, [G] per group, to its advantages; NaN stays NaN and moves nobody."""

    def __call__(self, batch: Batch) -> list[list[Tensor]]:
        """Lay each stream's advantage on the tokens it owns; NaN ends here as no credit."""
        found = []
        for terms in streams(batch.terms):
            column = [stream(terms, g, batch) for g in batch.groups]
            found.append((terms[0], self.normalise(batch, column)))
        return laid(batch, found)


def laid(batch: Batch, streams: Sequence[tuple[Term, Sequence[Tensor]]]) -> list[list[Tensor]]:
    """[T] per completion: each stream's advantages, [G] per group, on the tokens that its term owns; NaN gives 0."""
    out = [[torch.zeros(len(c.tokens), dtype=torch.float64) for c in g.completions] for g in batch.groups]
    for term, advantages in streams:
        for row, g, a_G in zip(out, batch.groups, advantages, strict=True):
            for i, c in enumerate(g.completions):
                row[i] += a_G[i].nan_to_num(0.0) * owned(term, c)
    return out


def owned(term: Term, c: Completion) -> Tensor:
    """[T] 1 on the tokens that the policy wrote and the term owns."""
    return (c.wrote if term.owns is None else c.wrote & term.owns.mask(c)).double()


def streams(terms: tuple[Term, ...]) -> list[tuple[Term, ...]]:
    """Scalar terms, put together by the tokens they own."""
    scalar = [t for t in terms if isinstance(t.reward, Reward)]
    keys = dict.fromkeys(t.owns for t in scalar)
    return [tuple(t for t in scalar if t.owns == key) for key in keys]


def centred(r_G: Tensor) -> Tensor:
    """Minus the mean of what was measured; exactly 0 when all measured values are equal but for float noise.

    A deviation under 1e-8 is noise, such as 0.1 + 0.2 beside 0.3: over it, everybody would be very good or very bad.
    """
    seen = r_G[~r_G.isnan()]
    if len(seen) == 0 or bool((seen - seen[0]).abs().max() < 1e-8):
        return r_G - r_G
    return r_G - seen.mean()


def to_go(r_T: Tensor, gamma: float) -> Tensor:
    """[T] sum of this and all later token rewards, discounted by ``gamma`` per token."""
    out, run = torch.zeros_like(r_T, dtype=torch.float64), 0.0
    for t in range(len(r_T) - 1, -1, -1):
        run = float(r_T[t]) + gamma * run
        out[t] = run
    return out
