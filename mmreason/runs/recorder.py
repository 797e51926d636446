"""Writes down what happens in a run: buffers, metrics, traces, curves and checkpoints."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from mmreason.errors import RecipeError
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs import checkpoint
from mmreason.runs.curves import draw
from mmreason.runs.interrupt import Interrupted, StopRequest
from mmreason.runs.log_file import LogFile
from mmreason.runs.plain_file import write_plain
from mmreason.runs.replay import batch_to_plain
from mmreason.runs.sinks import STALL, Entry, Sink
from mmreason.runs.traces import Traces
from mmreason.shares import whole
from mmreason.types import Batch


@dataclass(frozen=True)
class Saving:
    """What of a run is kept, and how often.

    Attributes:
        every: steps or updates between checkpoints; 0 saves at the end of training only.
        unit: what ``every`` counts. After an ``update`` a checkpoint may stand in the middle of a rollout buffer.
        keep: checkpoints kept, at least 1; -1 keeps all.
        buffers: rollout buffers kept in ``buffers/``; 0 writes none, -1 keeps all.
        traces: steps between those whose completions are written to ``traces/``; 0 writes none.
        curves: steps between drawings of ``curves.png``; 0 draws at the end only, -1 never.
    """

    every: int = 0
    unit: Literal["step", "update"] = "step"
    keep: int = 2
    buffers: int = 2
    traces: int = 1
    curves: int = 0

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.unit not in ("step", "update"):
            raise RecipeError(f"Saving.unit must be step or update, got {self.unit!r}")
        if self.keep < 1 and self.keep != -1:
            raise RecipeError(f"Saving.keep must be at least 1, or -1 for all checkpoints, got {self.keep}")
        least = {"every": 0, "traces": 0, "curves": -1, "buffers": -1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise RecipeError(f"Saving.{name} must be at least {low}, got {getattr(self, name)}")


class Recorder:
    """An observer of the engine that fills a run's folder and stops the run when it is asked to.

    Args:
        recipe: of the run.
        home: the run's folder.
        saving: what is kept.
        sinks: where numbers go; those whose files must match the checkpoints are among them.
        stop: asked after every update.
    """

    def __init__(
        self,
        recipe: Recipe,
        home: Path,
        saving: Saving = Saving(),
        sinks: Sequence[Sink] = (),
        stop: StopRequest | None = None,
    ) -> None:
        self.recipe, self.home, self.saving, self.sinks, self.stop = recipe, home, saving, tuple(sinks), stop
        self.traces = Traces(home, saving.traces)
        self.exams = {exam.name for exam in recipe.exams}
        self.spent = 0.0
        """Seconds until ``mark``, those of earlier sessions included."""
        self.mark = time.perf_counter()
        self.costs: dict[str, float] = {}
        self.seen = 0
        """Updates done when a step last ended."""
        self.first = True
        """Only the first rank writes; the others hand over what they have."""

    def begin(self, run: Run, state: dict[str, Any] | None) -> None:
        """Open the sinks; bring every file to where the checkpoint saw it, or to nothing without one."""
        state, self.first = state or {}, run.across.rank == 0
        for sink in self.sinks:
            sink.begin(self.recipe, self.home, checkpoint.steps_done(self.recipe, run))
            sink.load_state_dict(state.get("sinks", {}).get(type(sink).__name__, {}))
        if self.first:
            self.traces.load_state_dict(state.get("traces", {}))
        self.spent, self.seen = state.get("seconds", 0.0), run.updates
        self.mark, self.costs = time.perf_counter(), run.ledger.snapshot()

    def state_dict(self) -> dict[str, Any]:
        """How long the files are and what the run has taken."""
        return {
            "sinks": {type(sink).__name__: sink.state_dict() for sink in self.sinks},
            "traces": self.traces.state_dict(),
            "seconds": self.seconds(),
        }

    def seconds(self) -> float:
        """Wall time of the run, over all its sessions."""
        return self.spent + time.perf_counter() - self.mark

    def collected(self, run: Run, stage: Stage, batch: Batch) -> None:
        """Keep the buffer, so that the step can be learned from again."""
        if self.saving.buffers == 0 or not stage.losses:
            return
        batch = whole(batch)
        if not self.first:
            return
        number = checkpoint.steps_done(self.recipe, run) + 1
        folder = self.home / "buffers"
        at = {"step": batch.progress.step, "steps": batch.progress.steps, "seed": run.seed}
        write_plain(folder / f"step_{number:06d}.pt", {"batch": batch_to_plain(batch, stage), "progress": at})
        if self.saving.buffers > 0:
            for old in sorted(folder.glob("step_*.pt"))[: -self.saving.buffers]:
                old.unlink()

    def updated(self, run: Run, stage: Stage) -> None:
        """Save between two updates of one buffer where that is due."""
        due = self.saving.unit == "update" and self.saving.every and run.updates % self.saving.every == 0
        if due:
            self.save(run)
        self.stop_if_asked(run)

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Log the step, then save, so that a checkpoint knows all lines up to it."""
        self.log("step", run, stage, run.step, metrics)
        self.trace(stage, batch, **self.where(run, run.step))
        if self.is_due(run, stage):
            self.save(run)
        self.seen = run.updates
        done = checkpoint.steps_done(self.recipe, run)
        if self.first and self.saving.curves > 0 and done % self.saving.curves == 0:
            self.draw()
        self.stop_if_asked(run)

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Log a survey's or exam's step. In an exam nothing can be lost by stopping; a survey is finished first."""
        exam, at = stage.name in self.exams, batch.progress.step + 1
        when: Literal["before", "after", ""] = ("after" if run.examined else "before") if exam else ""
        self.log("exam" if exam else "survey", run, stage, at, metrics, when)
        self.trace(stage, batch, **self.where(run, at), **({"when": when} if when else {}))
        if exam and (signum := self.asked(run)) is not None:
            raise Interrupted(signum, checkpoint.latest(self.home))

    def trace(self, stage: Stage, batch: Batch, **where: Any) -> None:
        """Write down what was written, on all ranks."""
        if self.traces.due(batch):
            batch = whole(batch)
            if self.first:
                self.traces.write(stage, batch, **where)

    def log(
        self,
        kind: Literal["step", "survey", "exam"],
        run: Run,
        stage: Stage,
        stage_step: int,
        metrics: dict[str, float],
        when: Literal["before", "after", ""] = "",
    ) -> None:
        """Tell every sink."""
        now, costs = time.perf_counter(), run.ledger.snapshot()
        peak = {"peak_bytes": float(peak_bytes())}
        spent = {name: value - self.costs.get(name, 0) for name, value in costs.items()}
        done = checkpoint.steps_done(self.recipe, run)
        entry = Entry(
            kind, stage.name, done, stage_step, run.updates, metrics, now - self.mark,
            {name: value for name, value in sorted(spent.items()) if value or name == STALL} | peak, when,
        )  # fmt: skip
        self.spent, self.mark, self.costs = self.spent + now - self.mark, now, costs
        for sink in self.sinks if self.first else ():
            sink.log(entry)

    def where(self, run: Run, stage_step: int) -> dict[str, Any]:
        """What every line of a trace begins with."""
        done = checkpoint.steps_done(self.recipe, run)
        return {"step": done, "stage_step": stage_step, "updates": run.updates}

    def is_due(self, run: Run, stage: Stage) -> bool:
        """Say whether a checkpoint follows this step: by the interval, and where training ends."""
        last = run.stage == len(self.recipe.stages) - 1 and run.step == stage.steps
        every = self.saving.every
        if last or not every:
            return last
        if self.saving.unit == "step":
            return checkpoint.steps_done(self.recipe, run) % every == 0
        # A step's last update is told here and not by ``updated``; a step may have none.
        return run.updates > self.seen and run.updates % every == 0

    def save(self, run: Run) -> Path:
        """Write a checkpoint."""
        return checkpoint.save(run, self.recipe, self.home, self.state_dict(), self.saving.keep)

    def stop_if_asked(self, run: Run) -> None:
        """Save and stop.

        Raises:
            Interrupted: a signal asked for it, on whichever rank.
        """
        if (signum := self.asked(run)) is not None:
            raise Interrupted(signum, self.save(run))

    def asked(self, run: Run) -> int | None:
        """The signal that asks to stop; the same on every rank."""
        mine = self.stop.signum if self.stop else None
        return next((signum for signum in run.across.gather([mine]) if signum is not None), None)

    def draw(self) -> None:
        """Draw the curves from the metrics file."""
        draw(LogFile(self.home / "metrics.jsonl").read(), self.home / "curves.png", self.recipe.name)


def peak_bytes() -> int:
    """Most memory that this process has held so far: on the GPU where there is one, else on the host; 0 if unknown."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    if sys.platform == "win32":
        return 0
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit
