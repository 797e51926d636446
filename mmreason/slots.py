"""What may fill a slot of a stage, and what a slot may reach: protocols that rooms and engine share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mmreason.asks import Request, Role
from mmreason.ledger import Ledger
from mmreason.types import Across, Batch, Group, Progress, Task

R = TypeVar("R")


class Scene(Protocol):
    """What a rollout may reach: the models, the clock, seeds, and the very signals that the terms use."""

    @property
    def progress(self) -> Progress: ...
    @property
    def across(self) -> Across: ...
    def seed(self, *what: object) -> int:
        """Derive a seed from the run, the stage, the step, the round and ``what``."""
        ...

    def answer(self, requests: Sequence[Request[R]]) -> list[R]:
        """Ask the models; all requests to one role go in one call."""
        ...

    def settle(self, batch: Batch, *roots: object) -> None:
        """Measure every signal under ``roots`` that the batch does not know yet."""
        ...


class Source(Protocol):
    """Live tasks, opened once for equal specs; everything it remembers is in its state."""

    def next(self, num: int) -> list[Task]:
        """Give this rank's ``num`` of the next tasks of all ranks; every rank must call, also for none."""
        ...

    def upcoming(self, num: int) -> list[Task]:
        """Give the tasks that ``next`` would probably give, and change nothing: their media are read ahead.

        ``num`` counts those of all ranks.

        An empty list where that cannot be told. A wrong hint costs time and nothing else.
        """
        ...

    def observe(self, batch: Batch) -> None:
        """Learn from what came out: curricula, replay."""
        ...

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


class Opened(Protocol):
    """What a spec may reach when it is opened: the run's folder and seed, other live parts and sources."""

    models: dict[Role, Any]
    home: Path
    seed: int
    across: Across
    ledger: Ledger

    def source(self, spec: SourceSpec) -> Source:
        """The live object of another source (equal specs are one object)."""
        ...


class SourceSpec(Protocol):
    """Frozen dataclass that says where tasks come from.

    A spec that has ``steady = True`` opens to the same whatever happened in the run before; it may then be opened
    before its stage begins, so that the media of the first step are read ahead.
    """

    def open(self, run: Opened) -> Source:
        """Read the data and start at the beginning."""
        ...


class ModelSpec(Protocol):
    """Frozen dataclass that says what plays a role."""

    def open(self, run: Opened) -> Any:
        """Load it; gives a live ``Part``."""
        ...


class Rollout(Protocol):
    """From tasks to groups: sampling, second passes, tools, demonstrations."""

    def __call__(self, tasks: list[Task], scene: Scene) -> list[Group]: ...


class Filter(Protocol):
    """Holds the signals it judges by; only those are measured before it."""

    def __call__(self, batch: Batch) -> list[bool]:
        """Say which groups stay."""
        ...


class Metric(Protocol):
    """Numbers for the log from one step's batch; sums and counts, so that ranks add up exactly."""

    def __call__(self, batch: Batch) -> dict[str, float]: ...


class Keep(Protocol):
    """Turns a batch into records for a store, from which another stage draws its tasks."""

    @property
    def into(self) -> Role: ...

    def records(self, batch: Batch) -> list[dict[str, object]]: ...
