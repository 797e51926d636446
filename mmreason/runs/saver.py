"""Takes checkpoints: writes each before the run goes on, or in a thread while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmreason.ranks import by_first
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.best import Best
from mmreason.types import Across


class Saver:
    """At most one checkpoint is being written; what a thread could not write is an error of the next call.

    Args:
        recipe: of the run.
        home: the run's folder.
        keep: checkpoints to keep besides the best; -1 keeps all.
        background: write in a thread.
        best: which checkpoint is the best.
    """

    def __init__(self, recipe: Recipe, home: Path, keep: int, background: bool, best: Best) -> None:
        self.recipe, self.home, self.keep, self.background, self.best = recipe, home, keep, background, best
        self.thread: threading.Thread | None = None
        self.error: Exception | None = None

    def save(self, run: Run, extra: Mapping[str, Any]) -> Path:
        """Take a checkpoint of the run as it stands, and remove old ones. Every rank must call.

        Raises:
            CheckpointError: this one or the one before could not be written.
        """
        path = self.home / "checkpoints" / checkpoint.name_for(self.recipe, run)
        self.settle(run.across, path.name)
        if by_first(run.across, path.exists):  # saved already, and the run has not moved
            return path
        apart = self.background and checkpoint.can_wait(run)
        taken = checkpoint.snapshot(run, self.recipe, extra, apart)
        if run.across.rank == 0:
            told = taken, path, [*self.best.spared()]
            if apart:
                self.thread = threading.Thread(target=self.write, args=told, name="checkpoint", daemon=True)
                self.thread.start()
            else:
                self.write(*told)
        if not apart:
            self.settle(run.across)
        return path

    def write(self, taken: checkpoint.Snapshot, path: Path, spare: list[str]) -> None:
        """Write and rotate; an error is kept for the run's own thread."""
        try:
            taken.write(path)
            checkpoint.rotate(self.home, self.keep, spare)
        except Exception as error:  # whatever it is, the run must hear of it; see ``finish``
            self.error = error

    def settle(self, across: Across, soon: str = "") -> None:
        """Wait for what is being written; every rank must call. The checkpoint ``soon`` is not judged yet.

        Raises:
            CheckpointError: it could not be written; on all ranks.
        """
        by_first(across, lambda: self.finish(soon))

    def done(self) -> bool:
        """Say whether a thread has ended that nobody has looked after yet."""
        return self.thread is not None and not self.thread.is_alive()

    def finish(self, soon: str = "") -> None:
        """Wait, and judge what is there; on the first rank."""
        if self.thread is not None:
            self.thread.join()
            self.thread = None
        error, self.error = self.error, None
        if error is not None:
            raise error
        before = self.best.known
        self.best.decide(soon)
        if self.best.known is not before:
            checkpoint.rotate(self.home, self.keep, self.best.spared())

    def leave(self) -> Exception | None:
        """Wait for what is being written where the run ends for another reason; gives its error."""
        if self.thread is not None:
            self.thread.join()
            self.thread = None
        return self.error
