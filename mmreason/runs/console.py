"""What a person who waits is told: a bar over the whole run and a line every so often."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mmreason.recipe import Recipe
from mmreason.runs.sinks import STALL, Entry

SHOWN = (
    ("reward", "reward"),
    ("accuracy", "accuracy"),
    ("loss", "policy/loss"),
    ("length", "length"),
    ("preferred", "reward_accuracy"),
    ("margin", "reward_margin"),
    ("explained", "explained_variance"),
    ("grad", "policy/grad_norm"),
)
"""Columns of a line: how they are called, and the metric."""
LINES = 40
"""About as many lines as a whole run prints where no interval is given."""
MEMORY = ("memory/allocated", "memory/host")
"""Cost that is shown as memory: the GPU's, or else that of the process."""
PATIENCE = 15.0
"""Seconds after which a reader of plain lines is told how far a long wait has come."""


class ConsoleSink:
    """A rich progress bar over all steps of stages and exams, and a line per interval with means over it.

    Where the output is no terminal the bar is left out and the lines are plain.

    Args:
        every: steps between lines; None chooses about 40 lines for the whole run. A stage's last step always has one.
        console: where to write; None is the standard output.
    """

    def __init__(self, every: int | None = None, console: Console | None = None) -> None:
        self.every, self.console = every, console or Console(highlight=False, soft_wrap=True)
        self.bar: Progress | None = None
        self.waiting: list[Entry] = []
        self.told = time.monotonic()

    def begin(self, recipe: Recipe, home: Path, done: int) -> None:
        """Show the bar."""
        self.lengths = {stage.name: stage.steps for stage in (*recipe.stages, *recipe.exams)}
        self.steps = sum(stage.steps for stage in recipe.stages)
        self.interval = self.every or max(1, math.ceil(self.steps / LINES))
        if not self.console.is_terminal:
            return
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self.task = self.bar.add_task(recipe.name, total=self.steps, completed=done)
        self.bar.start()

    def log(self, entry: Entry) -> None:
        """Move the bar; print when it is time."""
        length = self.lengths.get(entry.stage, 0)
        if self.bar:
            text = f"{entry.stage} {entry.when}".strip()
            self.bar.update(self.task, completed=entry.step, description=f"{text} {entry.stage_step}/{length or '?'}")
        if self.waiting and (self.waiting[0].stage, self.waiting[0].kind) != (entry.stage, entry.kind):
            self.flush()
        self.waiting.append(entry)
        over = entry.stage_step == length
        if over or (entry.kind == "step" and len(self.waiting) >= self.interval):
            self.flush()
        elif not self.bar and time.monotonic() - self.told > PATIENCE:
            self.say(f"... {f'{entry.stage} {entry.when}'.strip()} {entry.stage_step}/{length or '?'}")

    def say(self, line: str) -> None:
        """Print a line as it is."""
        self.console.print(line, markup=False)
        self.told = time.monotonic()

    def flush(self) -> None:
        """Print one line for what has come since the last one."""
        if self.waiting:
            line = line_for(self.waiting, self.steps, self.lengths)
            self.waiting = []
            self.say(line)

    def close(self) -> None:
        """Print what is left and take the bar away."""
        self.flush()
        if self.bar:
            self.bar.stop()
            self.bar = None

    def state_dict(self) -> dict[str, Any]:
        """What was shown was shown."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to take back."""


def line_for(entries: Sequence[Entry], steps: int, lengths: dict[str, int]) -> str:
    """One line: where the run stands, then means over these entries of what they have."""
    last = entries[-1]
    if last.kind == "step":
        width = len(str(steps))
        where = f"step {last.step:>{width}}/{steps}  {last.stage} {last.stage_step}/{lengths.get(last.stage, '?')}"
    else:
        where = f"{last.kind} {last.stage}" + (f", {last.when} training" if last.when else "")
    told = [f"{label} {number(value)}" for label, name in SHOWN if (value := mean_of(entries, name)) is not None]
    seconds, over = sum(e.seconds for e in entries), len(entries) if last.kind == "step" else 1
    told.append(f"{seconds / over:.1f} s{'/step' if last.kind == 'step' else ''}")
    if any(STALL in e.costs for e in entries):
        told.append(f"stall {sum(e.costs.get(STALL, 0.0) for e in entries) / over:.2f}s")
    return "  ".join([where, *told, *loads(entries)])


def loads(entries: Sequence[Entry]) -> list[str]:
    """Tokens sampled a second over these entries, and the memory that the last one held, where they are known."""
    rates = [e.costs["generated_tokens_per_s"] for e in entries if "generated_tokens_per_s" in e.costs]
    held = next((entries[-1].costs[name] for name in MEMORY if name in entries[-1].costs), None)
    speed = [f"{sum(rates) / len(rates):.0f} tok/s"] if rates else []
    return [*speed, f"mem {held / 2**30:.1f}G"] if held is not None else speed


def mean_of(entries: Sequence[Entry], name: str) -> float | None:
    """Mean of a metric where it was measured; None if nowhere."""
    seen = [v for e in entries if (v := e.short().get(name)) is not None and v == v]
    return sum(seen) / len(seen) if seen else None


def number(value: float) -> str:
    """Three digits, without an exponent unless it is needed."""
    return f"{value:.3f}" if 1e-3 <= abs(value) < 100 or value == 0 else f"{value:.3g}"
