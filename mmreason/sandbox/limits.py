"""What a program may use, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

from mmreason.errors import MMReasonError, RecipeError

MIB = 2**20


class SandboxError(MMReasonError, RuntimeError):
    """No program can be run here, or not as safely as asked; never the fault of a program."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use; past a limit it ends, or the call that goes past it fails.

    Args:
        cpu_seconds: Of the processor, for each process; rounded up to whole seconds.
        wall_seconds: From start to end, waiting included: keep it well above ``cpu_seconds``, as machines are busy.
        memory_bytes: Address space of each process. The interpreter itself takes about 20 MiB of it.
        file_bytes: Of one file, and of all files together; they live in memory.
        processes: That the program may start beside itself, each with its own memory and time. With 0 it may start
            none. No program can be executed in any case.
        threads: Of all its processes together.
        output_bytes: On each of stdout, stderr, and the values that its functions return; past it the run ends.

    Raises:
        RecipeError: if a number is out of range.
    """

    cpu_seconds: float = 5.0
    wall_seconds: float = 15.0
    memory_bytes: int = 512 * MIB
    file_bytes: int = 16 * MIB
    processes: int = 0
    threads: int = 32
    output_bytes: int = MIB

    def __post_init__(self) -> None:
        least = {"memory_bytes": 64 * MIB, "file_bytes": 4096, "processes": 0, "threads": 1, "output_bytes": 1}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in least and (not isinstance(value, int) or value < least[f.name]):
                raise RecipeError(f"Limits: {f.name} is {value}, expected a whole number of at least {least[f.name]}")
            if f.name not in least and not 0.0 < value < math.inf:
                raise RecipeError(f"Limits: {f.name} is {value}, expected a positive number of seconds")


@dataclass(frozen=True)
class Outcome:
    """What came of a run. Everything in it but ``status`` and ``seconds`` is the program's own word."""

    status: Literal["ok", "failed", "killed", "time", "memory", "output"]
    """Ended with exit code 0; with another (an exception, mostly); by a signal; over its time, memory or output."""
    stdout: str
    """As UTF-8, what is none replaced; at most ``output_bytes``."""
    stderr: str
    reason: str
    """One line for people; empty where the status is ok."""
    cpu_seconds: float = math.nan
    """NaN where the run was ended from outside."""
    peak_bytes: float = math.nan
    """Most memory in use at a time."""

    @property
    def ok(self) -> bool:
        """It ended by itself and with exit code 0. That says nothing about what it computed."""
        return self.status == "ok"


@dataclass(frozen=True)
class Protection:
    """What holds a program on this machine, as tried out and not as guessed."""

    strong: bool
    """A file system, processes and a network of its own."""
    refused: str
    """Which step the kernel refused on the way to ``strong``; empty where it is."""
    missing: tuple[str, ...]
    """What a program could do because of that, one line each."""
