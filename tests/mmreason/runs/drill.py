"""Trains the small recipe in a process of its own, which is killed or interrupted where a test wants it to be."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch._dynamo

from mmreason.engine import Silent
from mmreason.recipe import Recipe, Stage
from mmreason.run import Run
from mmreason.runs import atomic
from mmreason.runs.driver import train_recipe
from mmreason.runs.recorder import Saving
from mmreason.types import Batch
from tests.mmreason.runs.world import recipe

EVERY_UPDATE = Saving(every=1, unit="update", curves=-1)


class Send(Silent):
    """Sends this very process a signal at a point of the run, before anything is written there."""

    def __init__(self, signum: int, updates: int) -> None:
        self.signum, self.updates = signum, updates

    def updated(self, run: Run, stage: Stage) -> None:
        if run.updates == self.updates:
            os.kill(os.getpid(), self.signum)

    def stepped(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        self.updated(run, stage)


def die_in_save(number: int) -> None:
    """Be killed in the middle of the save of that number: all files written, the folder not yet in its place."""
    rename, calls = os.rename, [0]

    def dying(source: Any, target: Any) -> None:
        calls[0] += Path(target).name.startswith("step_")
        if calls[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)

    atomic.os.rename = dying  # type: ignore[attr-defined]


CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"}
"""What Python tells of before it does it to a file or folder."""


@dataclass(frozen=True)
class Kill:
    """Where in its saves a process is killed: before its n-th step on files, or n bytes into a file of a save."""

    at: int
    """Changes of files and folders under ``checkpoints/``, or bytes."""
    save: int = 0
    """In which save, where ``at`` counts bytes; then the system does it, in the middle of a write."""

    def install(self) -> None:
        """Arm it; it does not depend on time, nor on what other threads do elsewhere."""
        seen = {"changes": 0, "drafts": 0}
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)

        def hear(event: str, told: tuple[Any, ...]) -> None:
            if event not in CHANGES or "checkpoints" not in str(told[0]):
                return
            seen["changes"] += 1
            name = Path(os.fsdecode(told[0])).name
            seen["drafts"] += event == "os.mkdir" and name.startswith(atomic.PREFIX + "step_")
            inside = self.save == seen["drafts"] and event != "os.rename"
            most = self.at if self.save and inside else resource.RLIM_INFINITY
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            if not self.save and seen["changes"] == self.at:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hear)


def work(
    build: Callable[[], Recipe], home: str, saving: Saving, signum: int, updates: int, save: int, kill: Kill | None
) -> None:
    """Train, from the newest checkpoint where there is one."""
    torch.set_num_threads(1)
    if save:
        die_in_save(save)
    if kill:
        kill.install()
    observers = [Send(signum, updates)] if signum else []
    train_recipe(build(), Path(home), resume=Path(home).exists(), saving=saving, quiet=True, observers=observers)


def start(
    home: Path,
    signum: int = 0,
    updates: int = 0,
    save: int = 0,
    build: Callable[[], Recipe] = recipe,
    saving: Saving = EVERY_UPDATE,
    kill: Kill | None = None,
) -> Any:
    """Start a process that trains; modules are loaded once, by the server that forks it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.mmreason.runs.real"])
    process = context.Process(target=work, args=(build, str(home), saving, signum, updates, save, kill))
    process.start()
    return process


def code_of(process: Any, timeout: float = 300.0) -> int:
    """Wait for the end; gives the exit code, negative for a signal."""
    process.join(timeout)
    assert process.exitcode is not None, "the process hangs"
    return int(process.exitcode)


def metrics_of(home: Path) -> list[bytes]:
    """Lines of metrics.jsonl without the time they took."""
    lines = (home / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    for line in lines:
        assert json.loads(line)["seconds"] >= 0
    return [line.rpartition(b', "seconds": ')[0] for line in lines]


def files_of(home: Path, pattern: str) -> dict[str, bytes]:
    """Contents of the files of a run that match."""
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.glob(pattern)) if path.is_file()}


def same_runs(a: Path, b: Path) -> None:
    """The two runs have logged and learned the same, byte for byte."""
    assert metrics_of(a) == metrics_of(b)
    assert files_of(a, "traces/*") == files_of(b, "traces/*")
    assert files_of(a, "tokens/*") == files_of(b, "tokens/*")
    last = max((a / "checkpoints").iterdir()).name
    weights = f"checkpoints/{last}/*/*.safetensors"
    assert files_of(a, weights)
    assert files_of(a, weights) == files_of(b, weights)
    told = [json.loads((home / "summary.json").read_text()) | {"seconds": 0} for home in (a, b)]
    assert told[0] == told[1]
