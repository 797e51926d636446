"""One program under way: what it is handed, what is read from it, and how it is ended."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mmreason.sandbox.keepers import CHUNK, Keeper
from mmreason.sandbox.limits import Limits, Outcome, SandboxError

GRACE = 10.0
"""Seconds past its time after which a run is ended from here, and again after which its keeper is given up."""
OURS = ("status", "results")
"""What no program can write to, and so needs no limit."""


@dataclass
class Run:
    """One job in a keeper's hands."""

    limits: Limits
    leash: int
    names: dict[str, int]
    """Descriptors that are read: status, stdout, stderr, and others by their names."""
    texts: dict[int, bytearray]
    """What has come, by descriptor."""
    over: str = ""
    """Which of them was too much."""
    late: bool = False
    """It was ended from here because of the time."""
    began: float = field(default_factory=time.monotonic)

    def stop(self) -> None:
        """Let go of the leash."""
        if self.leash >= 0:
            os.close(self.leash)
            self.leash = -1

    def text(self, name: str) -> bytes:
        """What has come under a name."""
        return bytes(self.texts[self.names[name]])


def sealed(data: bytes) -> int:
    """Give a descriptor to read this from, that nobody can write to."""
    handle = os.memfd_create("input", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    fcntl.fcntl(handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def start(
    keeper: Keeper,
    job: Mapping[str, Any],
    limits: Limits,
    stdin: bytes = b"",
    given: Sequence[int] = (),
    read: Mapping[str, int] | None = None,
) -> Run:
    """Hand a job to a keeper.

    Args:
        keeper: An idle one.
        job: What to do, see ``inside``.
        limits: What it may use.
        stdin: What it can read.
        given: Further descriptors for it, 3 and up; closed here.
        read: Further descriptors to read from, by name.

    Raises:
        SandboxError: the keeper has died.
    """
    body = json.dumps({"files": {}, **job, "limits": asdict(limits)}).encode()
    (out, out_end), (err, err_end), (status, status_end), (held, leash) = (os.pipe() for _ in range(4))
    names = {"status": status, "stdout": out, "stderr": err, **(read or {})}
    run = Run(limits, leash, names, {handle: bytearray() for handle in names.values()})
    handles = [sealed(body), sealed(stdin), out_end, err_end, status_end, held, *given]
    try:
        socket.send_fds(keeper.link, [b"run"], handles)
    except OSError as error:
        close([run])
        raise SandboxError(f"a keeper of the sandbox has died: {error}") from error
    finally:
        for handle in handles:
            os.close(handle)
    return run


def finish(runs: Sequence[Run]) -> None:
    """Read until all runs have ended: until all processes that hold an end of a descriptor are gone.

    Raises:
        SandboxError: a run does not end.
    """
    asked, end = False, max(run.began + run.limits.wall_seconds for run in runs) + GRACE
    with selectors.DefaultSelector() as waiter:
        for run in runs:
            for handle in run.texts:
                waiter.register(handle, selectors.EVENT_READ, run)
        try:
            while waiter.get_map():
                events = waiter.select(max(0.0, end - time.monotonic()))
                for key, _ in events:
                    if not _read(key.data, key.fd):
                        waiter.unregister(key.fd)
                if not events and time.monotonic() >= end:
                    if asked:
                        raise SandboxError("a program in the sandbox does not end")
                    asked, end = True, end + GRACE
                    for run in runs:
                        run.late = True
                        run.stop()
        finally:
            close(runs)


def close(runs: Sequence[Run]) -> None:
    """Let go of everything."""
    for run in runs:
        run.stop()
        for handle in run.texts:
            with contextlib.suppress(OSError):
                os.close(handle)


def _read(run: Run, handle: int) -> bool:
    """Take what has come; False at the end."""
    data = os.read(handle, CHUNK)
    kept = run.texts[handle]
    name = next(name for name, other in run.names.items() if other == handle)
    room = len(data) if name in OURS else max(0, run.limits.output_bytes - len(kept))
    kept += data[:room]
    if len(data) > room:
        run.over = run.over or name
        run.stop()
    return bool(data)


def outcome(run: Run) -> Outcome:
    """Say what came of a run that has ended.

    Raises:
        SandboxError: it could not be started, or nobody says how it ended.
    """
    told = [json.loads(row) for row in run.text("status").splitlines()]
    out, err = (run.text(name).decode("utf-8", "replace") for name in ("stdout", "stderr"))
    broken = [message["why"] for message in told if message["kind"] == "broken"]
    if broken:
        raise SandboxError(f"a program could not be run: {broken[0]}")
    if run.over:
        return Outcome("output", out, err, f"more than {run.limits.output_bytes} bytes on {run.over}")
    end = next((message for message in told if message["kind"] == "end"), None)
    if end is None:
        raise SandboxError("a program could not be run: its keeper was ended from outside")
    status, reason = _why(run, end, err)
    return Outcome(status, out, err, reason, cpu_seconds=end["cpu"], peak_bytes=float(end["peak"]))


def _why(run: Run, end: Mapping[str, Any], stderr: str) -> tuple[Any, str]:
    last = (stderr.strip().splitlines() or [""])[-1][:300]
    if end["late"] or run.late:
        return "time", f"over {run.limits.wall_seconds:g} s"
    if end["exit"] < 0:
        if end["exit"] == -signal.SIGXCPU or end["cpu"] > run.limits.cpu_seconds:
            return "time", f"over {run.limits.cpu_seconds:g} s of processor time"
        return "killed", f"ended by {signal.strsignal(-end['exit']) or 'signal'} ({-end['exit']})"
    if end["exit"] == 0:
        return "ok", ""
    return ("memory" if last.startswith("MemoryError") else "failed"), last or f"exit code {end['exit']}"
