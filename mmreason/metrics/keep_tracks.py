"""Signals that are measured to be looked at: they come into the traces and into nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmreason.signals import Signal
from mmreason.types import Batch


@dataclass(frozen=True)
class KeepTracks:
    """Measures signals for the traces, and logs nothing. Not from a paper.

    Of those with one number for each token the inspector draws heat maps: ``KeepTracks((TokenEntropies(),
    TokenWeights()))``. What they cost is theirs: each of these two is a forward without gradient, shared with whatever
    asks for the same.

    Args:
        signals: what is measured.
    """

    signals: tuple[Signal[Any], ...]

    def __call__(self, batch: Batch) -> dict[str, float]:
        """Give nothing."""
        return {}
