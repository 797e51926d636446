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
from mmreason.runs.best import Best
from mmreason.runs.curves import draw
from mmreason.runs.interrupt import Interrupted, StopRequest
from mmreason.runs.log_file import LogFile
from mmreason.runs.plain_file import write_plain
from mmreason.runs.replay import batch_to_plain
from mmreason.runs.saver import Saver
from mmreason.runs.sinks import STALL, Entry, Sink
from mmreason.runs.traces import Traces
from mmreason.shares import whole
from mmreason.types import Batch
from mmreason.watch.costs import rates


@dataclass(frozen=True)
class Saving:
    """What of a run is kept, and how often.

    Attributes:
        every: steps or updates between checkpoints; 0 saves at the end of training only.
        unit: what ``every`` counts. After an ``update`` a checkpoint may stand in the middle of a rollout buffer.
        keep: checkpoints kept, at least 1; -1 keeps all.
        background: write checkpoints in a thread while the run goes on; takes host memory for a copy of all that is
            saved. The files are the same.
        best: metric by which the best checkpoint is kept besides the newest, such as ``monitor/accuracy``; a checkpoint
            is then also taken before each survey of that name. None keeps none.
        best_is: whether a higher or a lower value is better.
        buffers: rollout buffers kept in ``buffers/``; 0 writes none, -1 keeps all.
        traces: steps between those whose completions are written to ``traces/``; 0 writes none.
        tokens: of the steps whose completions are written, those whose numbers for each token are kept in ``tokens/``
            too: every so many steps; 0 keeps none.
        curves: steps between drawings of ``curves.png``; 0 draws at the end only, -1 never.
    """

    every: int = 0
    unit: Literal["step", "update"] = "step"
    keep: int = 2
    background: bool = False
    best: str | None = None
    best_is: Literal["highest", "lowest"] = "highest"
    buffers: int = 2
    traces: int = 1
    tokens: int = 1
    curves: int = 0

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.unit not in ("step", "update"):
            raise RecipeError(f"Saving.unit must be step or update, got {self.unit!r}")
        if self.keep < 1 and self.keep != -1:
            raise RecipeError(f"Saving.keep must be at least 1, or -1 for all checkpoints, got {self.keep}")
        if self.best_is not in ("highest", "lowest"):
            raise RecipeError(f"Saving.best_is must be highest or lowest, got {self.best_is!r}")
        least = {"every": 0, "traces": 0, "tokens": 0, "curves": -1, "buffers": -1}
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
        self.best = Best(recipe, home, saving.best, saving.best_is)
        self.saver = Saver(recipe, home, saving.keep, saving.background, self.best)
        self.traces = Traces(home, saving.traces, saving.tokens)
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
            self.best.begin(run)
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
        self.judge(run, stage, metrics)
        if self.is_due(run, stage):
            self.save(run)
        self.seen = run.updates
        done = checkpoint.steps_done(self.recipe, run)
        if self.first and self.saving.curves > 0 and done % self.saving.curves == 0:
            self.draw()
        self.stop_if_asked(run)

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Log a survey's or exam's step. In an exam nothing can be lost by stopping; a survey is finished first."""
        at, outside = batch.progress.step + 1, run.examined == 0 or run.stage == len(self.recipe.stages)
        exam = stage.name in self.exams and outside  # between two steps it is logged as a survey
        when: Literal["before", "after", ""] = ("after" if run.examined else "before") if exam else ""
        self.log("exam" if exam else "survey", run, stage, at, metrics, when)
        self.trace(stage, batch, **self.where(run, at), **({"when": when} if when else {}))
        if when != "before":
            self.judge(run, stage, metrics, anew=at == 1)
        if exam and (signum := self.asked(run)) is not None:
            self.saver.settle(run.across)
            raise Interrupted(signum, checkpoint.latest(self.home))

    def judge(self, run: Run, stage: Stage, metrics: dict[str, float], anew: bool = True) -> None:
        """Tell what was measured with the weights of the checkpoint that is taken here, or was."""
        if run.pending is None or run.pending.at == 0:  # drawn ahead, and not learned from
            self.best.hear(stage.name, metrics, checkpoint.name_for(self.recipe, run), anew)

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
        spent |= rates(run, spent, now - self.mark)
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
        if last or (self.best.metric is not None and self.best.comes_next(run)):
            return True
        if not every:
            return False
        if self.saving.unit == "step":
            return checkpoint.steps_done(self.recipe, run) % every == 0
        # A step's last update is told here and not by ``updated``; a step may have none.
        return run.updates > self.seen and run.updates % every == 0

    def save(self, run: Run) -> Path:
        """Write a checkpoint, or begin to."""
        return self.saver.save(run, self.state_dict())

    def stop_if_asked(self, run: Run) -> None:
        """Save and stop.

        Raises:
            Interrupted: a signal asked for it, on whichever rank.
        """
        if (signum := self.asked(run)) is not None:
            saved = self.save(run)
            self.saver.settle(run.across)
            raise Interrupted(signum, saved)

    def asked(self, run: Run) -> int | None:
        """The signal that asks to stop; the same on every rank.

        Raises:
            CheckpointError: what was written meanwhile could not be written.
        """
        mine = (self.stop.signum if self.stop else None), self.saver.done()
        every = run.across.gather([mine])
        if any(done for _, done in every):
            self.saver.settle(run.across)
        return next((signum for signum, _ in every if signum is not None), None)

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
