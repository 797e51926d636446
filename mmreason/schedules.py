"""Schedules: numbers that move with the run, for weights, temperatures and coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmreason.types import Progress, Schedule


def fraction(progress: Progress, start: float, end: float) -> float:
    """How far the run is between two points given as shares of the stage, in [0, 1]."""
    done = progress.step / max(progress.steps, 1)
    return min(max((done - start) / (end - start), 0.0), 1.0) if end > start else float(done >= end)


@dataclass(frozen=True)
class Linear(Schedule):
    """From ``first`` to ``last``, linearly between two shares of the stage. Not from a paper."""

    first: float
    last: float
    start: float = 0.0
    end: float = 1.0

    def __call__(self, progress: Progress) -> float:
        """Give the value at this step."""
        return self.first + (self.last - self.first) * fraction(progress, self.start, self.end)


@dataclass(frozen=True)
class Cosine(Schedule):
    """From ``first`` to ``last`` along half a cosine between two shares of the stage. Not from a paper."""

    first: float
    last: float
    start: float = 0.0
    end: float = 1.0

    def __call__(self, progress: Progress) -> float:
        """Give the value at this step."""
        x = fraction(progress, self.start, self.end)
        return self.last + (self.first - self.last) * 0.5 * (1 + math.cos(math.pi * x))


@dataclass(frozen=True)
class From(Schedule):
    """Zero before a step, a value from it on: for terms that join later. Not from a paper."""

    step: int
    value: float = 1.0

    def __call__(self, progress: Progress) -> float:
        """Give the value at this step."""
        return self.value if progress.step >= self.step else 0.0
