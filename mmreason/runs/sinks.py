"""Where the numbers of a run go: every sink is told each step; files are cut back where a run is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from mmreason.recipe import Recipe
from mmreason.runs.log_file import LogFile

STALL = "seconds/stall"
"""Cost that is logged at every step of a run with media, at 0 too: how long the step stood still for one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one step, or one step of a survey or exam, has given."""

    kind: Literal["step", "survey", "exam"]
    stage: str
    step: int
    """Steps of the whole run that are over."""
    stage_step: int
    """Steps of this stage that are over."""
    updates: int
    """Optimiser steps of the whole run that are over."""
    metrics: Mapping[str, float]
    """Names begin with the stage's."""
    seconds: float = 0.0
    """Wall time since the entry before."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """What the ledger counted since the entry before."""
    when: Literal["before", "after", ""] = ""
    """Exams: before the first or after the last stage."""

    def short(self) -> dict[str, float]:
        """Metrics without the stage's name."""
        return {name.removeprefix(f"{self.stage}/"): value for name, value in self.metrics.items()}


class Sink(Protocol):
    """Told what was measured; what it writes can be taken back to an earlier point."""

    def begin(self, recipe: Recipe, home: Path, done: int) -> None:
        """A run starts, or goes on after ``done`` steps."""
        ...

    def log(self, entry: Entry) -> None:
        """One more step."""
        ...

    def close(self) -> None:
        """The run is over or stopped."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """How far it has written, as plain values."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Forget all that was written later; an empty state forgets everything. Called after ``begin``."""
        ...


class JsonlSink:
    """``metrics.jsonl`` and ``costs.jsonl``, one object a line.

    Apart from ``seconds``, ``metrics.jsonl`` of a resumed run is that of the uninterrupted one, byte for byte. What the
    ledger counts has a file of its own, because it depends on caches, which are cold after a resume. NaN is null.
    """

    def begin(self, recipe: Recipe, home: Path, done: int) -> None:
        """Find the files."""
        self.files = {name: LogFile(home / f"{name}.jsonl") for name in ("metrics", "costs")}

    def log(self, entry: Entry) -> None:
        """Write two lines."""
        where: dict[str, Any] = {"kind": entry.kind, "stage": entry.stage, "step": entry.step}
        where |= {"stage_step": entry.stage_step, "updates": entry.updates}
        where |= {"when": entry.when} if entry.when else {}
        seconds = round(entry.seconds, 3)
        self.files["metrics"].append(where | {"metrics": dict(entry.metrics), "seconds": seconds})
        self.files["costs"].append(where | {"seconds": seconds, "costs": dict(entry.costs)})

    def close(self) -> None:
        """Nothing is open."""

    def state_dict(self) -> dict[str, Any]:
        """Length of each file."""
        return {name: file.position() for name, file in self.files.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Cut each file."""
        for name, file in self.files.items():
            file.cut(state.get(name, 0))


class TensorBoardSink:
    """Scalars for TensorBoard in ``tensorboard/``: metrics over the run's steps, seconds and costs beside them."""

    def __init__(self) -> None:
        self.writer: Any = None

    def begin(self, recipe: Recipe, home: Path, done: int) -> None:
        """Open the writer; points after ``done`` that a killed run left are dropped when they are read."""
        from torch.utils.tensorboard import SummaryWriter

        purge = done + 1 if done else None
        self.writer = SummaryWriter(str(home / "tensorboard"), purge_step=purge)

    def log(self, entry: Entry) -> None:
        """Add a point to each curve."""
        told = {**entry.metrics, **{f"costs/{name}": value for name, value in entry.costs.items()}}
        for name, value in (told | {"seconds": entry.seconds}).items():
            if value == value:
                self.writer.add_scalar(name, value, entry.step)

    def close(self) -> None:
        """Flush."""
        if self.writer is not None:
            self.writer.close()

    def state_dict(self) -> dict[str, Any]:
        """TensorBoard goes by steps: nothing to remember."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See ``begin``."""
