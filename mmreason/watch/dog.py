"""The thread that looks, and what it does where nothing happens any more."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from mmreason.errors import MMReasonError
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.watch.alive import Heartbeats
from mmreason.watch.dump import FOLDER, at_work, dump, name_of_step
from mmreason.watch.records import in_short, records_of
from mmreason.watch.watchdog import HUNG, Hang, Patience, Sign, WatchDog
from mmreason.watch.where import meets, place_of

TELL = 10.0
"""Seconds between heartbeats on the disk."""


class Dog:
    """Watches the thread that enters it. Where it is silent too long, the report is written and the process ends.

    A call into C++ cannot be interrupted, so there is no way to raise an error in it: the process exits with ``HUNG``.
    Where not even this thread can run, because such a call holds the interpreter's lock, a timer in C writes the stacks
    to ``alive/rank_N.stacks.txt`` and ends the process with code 1.

    Args:
        spec: how long is too long.
        run: what is watched.
        recipe: of the run.
        home: the run's folder.
    """

    def __init__(self, spec: WatchDog, run: Run, recipe: Recipe, home: Path) -> None:
        self.spec, self.run, self.recipe, self.home = spec, run, recipe, home
        self.patience = Patience(spec)
        self.beats = Heartbeats(home, run.across.rank, run.across.num)
        self.over, self.told = threading.Event(), 0.0
        self.watched = 0
        self.timer: IO[str] | None = None

    def __enter__(self) -> Dog:
        """Begin; under a debugger nobody is watched."""
        self.watched = threading.get_ident()
        self.thread = threading.Thread(target=self.loop, name="watch-dog", daemon=True)
        if sys.gettrace() is None:
            self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()
        if self.timer is not None:
            self.timer.close()
            Path(self.timer.name).unlink(missing_ok=True)
        self.beats.end()

    def loop(self) -> None:
        """Look until the run is over."""
        try:
            while not self.over.wait(self.spec.tick):
                if (hang := self.turn(time.monotonic())) is not None:
                    self.bite(hang)
        finally:  # nobody would set it again
            faulthandler.cancel_dump_traceback_later()

    def turn(self, now: float) -> Hang | None:
        """One look; gives the hang where there is one."""
        sign = self.sign()
        moved = self.beats.hear()
        hang = self.patience.look(sign, now, moved, self.beats.limit())
        if self.run.at_work is not None and (now - self.told >= TELL or not self.told):
            self.beats.tell(self.report(sign.phase, sign.place) | {"count": list(sign.count)})
            self.told = now
        self.arm(self.patience.limit + self.spec.grace)
        return hang

    def sign(self) -> Sign:
        """Look at the run from outside."""
        run = self.run
        pending, inside = run.pending, list(run.ledger.inside)
        waits = meets(self.watched)
        what = "learning" if pending is not None else "collecting"
        phase = f"{what}: {inside[0] if inside else 'between model calls'}"
        count = (run.ledger.beats, run.updates, run.stage, run.step, run.examined, len(run.history))
        return Sign(count, phase + ", waiting for the other ranks" * waits, waits, place_of(self.watched))

    def report(self, phase: str, place: str) -> dict[str, Any]:
        """What this rank is doing, for a file."""
        found = at_work(self.run, self.recipe)
        stage, tasks = (found[0].name, [g.task for g in found[1].groups]) if found else ("", [])
        return {
            "rank": self.run.across.rank,
            "stage": stage,
            "updates": self.run.updates,
            "phase": phase,
            "place": place,
            "limit": self.patience.limit,
            "records": records_of(tasks, self.run.models),
        }

    def arm(self, seconds: float) -> None:
        """Set the timer in C, for the case that this thread cannot run any more."""
        if self.timer is None and self.beats.folder.is_dir():
            self.timer = open(self.beats.folder / f"rank_{self.beats.rank}.stacks.txt", "w")  # noqa: SIM115
        if self.timer is not None:
            faulthandler.dump_traceback_later(seconds, exit=True, file=self.timer)

    def bite(self, hang: Hang) -> None:
        """Write stacks, report and batch, say so, and end the process."""
        rank = self.run.across.rank
        name = name_of_step(self.recipe, self.run, f"hang_rank_{rank}")
        self.arm(self.spec.grace)
        with suppress(OSError):
            (self.home / FOLDER).mkdir(exist_ok=True)
            with open(self.home / FOLDER / f"{name}.stacks.txt", "w") as file:
                faulthandler.dump_traceback(file, all_threads=True)
        found = at_work(self.run, self.recipe)
        tasks = [group.task for group in found[1].groups] if found else []
        line = (
            f"error: rank {rank}: no sign of life for {hang.seconds:.0f} s (allowed {hang.limit:.0f}) in phase "
            f"{hang.phase!r} at {hang.place or 'no line of ours'}, working on {in_short(tasks)}; stacks, records and "
            f"batch are in {self.home / FOLDER}/{name}.*; exit code {HUNG}\n"
        )
        os.write(2, line.encode())
        if found:
            why = {"error": line.strip(), "seconds": hang.seconds, **self.report(hang.phase, hang.place)}
            why |= {"others": list(self.beats.last.values())}
            with suppress(OSError, MMReasonError):
                dump(self.home, name, self.run, *found, why)
        os._exit(HUNG)
