"""Who is told what happens in a run."""

from __future__ import annotations

from typing import Protocol

from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.types import Batch


class Observer(Protocol):
    """Who is told what happens: the run folder, sinks, start-up checks. It may stop the run by raising."""

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        """A batch is there, measured, before the first optimiser step on it."""
        ...

    def updated(self, run: Run, stage: Stage) -> None:
        """One optimiser step was made; ``run`` can be saved now."""
        ...

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """A step is over and ``run`` stands before the next; ``metrics`` has names like ``stage/accuracy``."""
        ...

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """A survey or exam has made a step; nothing was learned."""
        ...


class Silent:
    """Nobody is told."""

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        """Do nothing."""

    def updated(self, run: Run, stage: Stage) -> None:
        """Do nothing."""

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Do nothing."""

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Do nothing."""
