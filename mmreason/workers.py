"""A few long-lived worker processes for what may hang, crash or eat memory; each item costs at most itself.

Workers are started with ``subprocess`` and speak pickled frames over a socket. So nothing is forked (the parent may
hold CUDA and threads) and the parent's script is not run again, with or without a ``__main__`` guard. POSIX only.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, TypeVar

from mmreason.errors import MMReasonError, RecipeError
from mmreason.worker import Lost

T = TypeVar("T")
R = TypeVar("R")

START_SECONDS = 120.0
"""Time for a worker to start and import what the function needs; it is not part of any item's time."""
GRACE_SECONDS = 2.0
"""A worker whose parent no longer ends it ends itself this long after the time-out."""
START_TRIES = 3
"""Workers that may die in a row before they could do anything."""


class WorkerError(MMReasonError, RuntimeError):
    """Worker processes cannot be started here."""


@dataclass
class Spent:
    """What a pool has cost so far."""

    started: int = 0
    """Workers, those that replaced lost ones included."""
    start_seconds: float = 0.0
    """Until they had imported what they need, added up over workers; they start side by side."""
    items: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    """Items without a value, by reason."""


@dataclass(eq=False)
class _Process:
    """One worker as the parent sees it."""

    popen: subprocess.Popen[bytes]
    link: Connection
    began: float
    function: bytes = b""
    """What it has loaded."""
    ready: bool = False
    """It has answered the last load."""
    item: int | None = None
    """What it works on."""
    deadline: float = math.inf

    def end(self) -> None:
        """Kill it with all that it started, and leave no zombie."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.kill()
        self.popen.wait()
        self.link.close()


class Workers:
    """Runs a function over items in other processes, with a wall-clock limit for each item.

    The function and the items are pickled; a function is known to workers by its module and name, so it may not live in
    the script that is run. If it has a method ``prepare``, that is called once in each worker before the clock runs.
    Values depend on the items alone, whatever the number of workers: ``random`` and the order of sets are seeded. Only
    an item close to its time-out may be lost on a busy machine and not on an idle one.

    Args:
        num: Processes, started when first needed; ended with the parent, however that ends.
        timeout: Seconds for one item; then its worker is killed and replaced.
        memory_bytes: Address space that an item may add to what its worker has after loading the function; None for no
            limit. Held on Linux only.

    Raises:
        RecipeError: a number is out of range.
    """

    def __init__(self, num: int, timeout: float, memory_bytes: int | None = None) -> None:
        if num < 1 or not 0 < timeout < math.inf or (memory_bytes is not None and memory_bytes < 1):
            raise RecipeError(
                f"Workers: num is {num}, timeout {timeout} and memory_bytes {memory_bytes}; "
                "expected at least 1, a positive number of seconds, and at least 1 or None"
            )
        self.num, self.timeout, self.memory_bytes = num, timeout, memory_bytes
        self.spent = Spent()
        self._pool: list[_Process] = []
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._failed = 0
        self._closing = weakref.finalize(self, _end_all, self._pool, self._owner)

    def run(self, function: Callable[[T], R], items: Sequence[T], timeout: float | None = None) -> list[R | Lost]:
        """Give ``function(item)`` for every item, in order; ``Lost`` where there is no value.

        Args:
            function: Picklable, of an importable module.
            items: Picklable.
            timeout: Seconds for one item, in place of the pool's.

        Raises:
            RecipeError: workers cannot load the function, or something cannot be pickled.
            WorkerError: workers do not start.
            MMReasonError: raised by the function itself: a mistake of the user's, as without workers.
        """
        seconds = self.timeout if timeout is None else timeout
        loading = _pickled((function, self.memory_bytes), function)
        if b"__main__" in loading:  # it pickles here, but a worker does not run the script and so would not find it
            raise RecipeError(
                f"{function!r} is defined in the script that is run, where worker processes cannot find it: "
                "put it into a module of its own and import it"
            )
        todo = deque((i, _pickled(item, function)) for i, item in enumerate(items))
        out: list[Any] = [None] * len(todo)
        with self._lock:
            if os.getpid() != self._owner:  # forked since: the workers belong to the other process
                self._pool.clear()
                self._owner = os.getpid()
            try:
                while todo or any(worker.item is not None for worker in self._pool):
                    self._feed(loading, todo, seconds)
                    self._gather(out)
            except BaseException:  # answers to this call must not reach the next one
                self._drop(lambda worker: worker.item is not None or not worker.ready)
                raise
        return out

    def close(self) -> None:
        """End all workers now; a later ``run`` starts new ones."""
        with self._lock:
            self._drop(lambda worker: True)

    def _drop(self, which: Callable[[_Process], bool]) -> None:
        for worker in [worker for worker in self._pool if which(worker)]:
            self._pool.remove(worker)
            worker.end()

    def _feed(self, loading: bytes, todo: deque[tuple[int, bytes]], seconds: float) -> None:
        """Give every idle worker something to do; start another where all are busy and there is room."""
        free = sum(worker.item is None for worker in self._pool)
        while len(self._pool) < self.num and len(todo) > free:
            self._pool.append(_start())
            self.spent.started += 1
            free += 1
        idle = [worker for worker in self._pool if worker.item is None and (worker.ready or not worker.function)]
        for worker in idle:
            if not todo and worker.ready:
                return
            try:
                self._tell(worker, loading, todo, seconds)
            except OSError:  # it died while idle, and with nothing to lose
                self._fail(worker)

    def _tell(self, worker: _Process, loading: bytes, todo: deque[tuple[int, bytes]], seconds: float) -> None:
        now = time.monotonic()
        if worker.function != loading:
            worker.link.send_bytes(pickle.dumps(("load", loading, 0.0)))
            worker.function, worker.ready, worker.began = loading, False, now
            worker.deadline = now + START_SECONDS
        else:
            index, item = todo[0]
            worker.link.send_bytes(pickle.dumps(("item", item, seconds + GRACE_SECONDS)))
            todo.popleft()
            worker.item, worker.deadline = index, time.monotonic() + seconds

    def _gather(self, out: list[Any]) -> None:
        """Wait until some worker answers, dies or is over its time."""
        due = min((worker.deadline for worker in self._pool), default=0.0)
        ready = wait([worker.link for worker in self._pool], min(max(0.0, due - time.monotonic()), START_SECONDS))
        for worker in list(self._pool):
            if worker.link in ready:
                self._hear(worker, out)
            elif time.monotonic() >= worker.deadline:
                if not worker.ready:
                    raise WorkerError(f"a worker process did not start within {START_SECONDS:.0f} s")
                self._lose(worker, out, Lost("time", "over its time"))

    def _hear(self, worker: _Process, out: list[Any]) -> None:
        try:
            kind, value = pickle.loads(worker.link.recv_bytes())
        except (EOFError, OSError):
            self._bury(worker, out)
            return
        if kind == "refused":
            raise value
        if kind == "loaded":
            worker.ready, worker.deadline, self._failed = True, math.inf, 0
            self.spent.start_seconds += time.monotonic() - worker.began
        elif isinstance(value, Lost) and value.why == "memory":  # what else it holds nobody knows
            self._lose(worker, out, value)
        else:
            assert worker.item is not None
            self._count(value)
            out[worker.item], worker.item, worker.deadline = value, None, math.inf

    def _bury(self, worker: _Process, out: list[Any]) -> None:
        """It died by itself."""
        if worker.item is None:
            self._fail(worker)
            return
        with contextlib.suppress(subprocess.TimeoutExpired):  # it closed its line and lives on: killed with the rest
            worker.popen.wait(1.0)
        code = worker.popen.poll()
        self._lose(worker, out, Lost("time" if code == -signal.SIGALRM else "crash", f"exit code {code}"))

    def _count(self, value: object) -> None:
        self.spent.items += 1
        if isinstance(value, Lost):
            self.spent.lost[value.why] = self.spent.lost.get(value.why, 0) + 1

    def _lose(self, worker: _Process, out: list[Any], lost: Lost) -> None:
        assert worker.item is not None
        self._count(lost)
        out[worker.item] = lost
        self._drop(lambda other: other is worker)

    def _fail(self, worker: _Process) -> None:
        """A worker died that had no item."""
        code = worker.popen.poll()
        self._drop(lambda other: other is worker)
        self._failed += 1
        if self._failed > START_TRIES:
            raise WorkerError(
                f"worker processes die before they can do anything (exit code {code}): "
                f"check that `{sys.executable} -c 'import mmreason.worker'` runs, and that there is memory left"
            )


@cache
def shared(num: int | None = None, memory_bytes: int | None = None) -> Workers:
    """The pool that rewards of this process share: by default a worker per core of this rank's share, at most 8."""
    if num is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        num = min(8, max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))
    return Workers(num, timeout=5.0, memory_bytes=memory_bytes)


def _pickled(value: object, function: object) -> bytes:
    try:
        frame = pickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise RecipeError(f"worker processes need what can be pickled; {function!r}: {error}") from error
    return frame


def _start() -> _Process:
    ours, theirs = Pipe()
    program = f"import sys; sys.path[:] = {sys.path!r}; from mmreason.worker import serve; "
    popen = subprocess.Popen(
        [sys.executable, "-c", f"{program}serve({theirs.fileno()}, {os.getpid()})"],
        pass_fds=(theirs.fileno(),),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        # One thread each, no GPU memory, and sets in the same order everywhere.
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONHASHSEED": "0"},
    )
    theirs.close()
    return _Process(popen, ours, time.monotonic())


def _end_all(pool: list[_Process], owner: int) -> None:
    if os.getpid() == owner:
        for worker in pool:
            worker.end()
    pool.clear()
