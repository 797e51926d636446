"""The trainer's end of keeper processes: started when needed, lent for one run at a time, gone when the trainer is."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmreason.sandbox.limits import SandboxError

CHUNK = 1 << 16
START_SECONDS = 120.0
PACKAGES = str(Path(__file__).parents[2])


class Keeper:
    """One keeper process; it ends when its socket closes.

    Args:
        mode: ``root``, ``user`` or ``weak``, see ``keeper.serve``.
    """

    def __init__(self, mode: str) -> None:
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = (
            f"import sys; sys.path.append({PACKAGES!r}); from mmreason.sandbox.keeper import main; "
            f"sys.path.pop(); main({theirs.fileno()}, {mode!r})  # for process {os.getpid()}"
        )
        self.popen = subprocess.Popen(
            [sys.executable, "-s", "-S", "-P", "-B", "-X", "utf8", "-c", program],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={"PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "1"},  # sets in one order; no address space lost to threads
        )
        theirs.close()
        self.link.settimeout(START_SECONDS)
        self.said = self._hear()

    def _hear(self) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(
                self.link.recv(CHUNK) or b'{"kind": "refused", "why": "it ended at once"}'
            )
        except OSError as error:
            return {"kind": "refused", "why": f"it does not answer: {error}"}
        return said

    def close(self) -> None:
        """End it; runs end with their leash and not with it."""
        self.link.close()
        self.popen.kill()
        self.popen.wait()


class Pool:
    """Idle keepers by mode, for all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._idle: dict[str, list[Keeper]] = {}

    @contextlib.contextmanager
    def lend(self, mode: str, num: int = 1) -> Iterator[list[Keeper]]:
        """Lend some; those that a failure may have left in disorder do not come back.

        Raises:
            SandboxError: a keeper does not start.
        """
        lent = self._take(mode, num)
        try:
            while len(lent) < num:
                lent.append(_started(mode))
            yield lent
        except BaseException:
            for keeper in lent:
                keeper.close()
            raise
        with self._lock:
            self._idle.setdefault(mode, []).extend(lent)

    def _take(self, mode: str, num: int) -> list[Keeper]:
        with self._lock:
            if self._owner != os.getpid():  # forked since: they belong to the other process
                self._idle, self._owner = {}, os.getpid()
            idle = self._idle.setdefault(mode, [])
            return [idle.pop() for _ in range(min(num, len(idle)))]

    def close(self) -> None:
        """End all that are idle."""
        for mode in list(self._idle):
            for keeper in self._take(mode, len(self._idle[mode])):
                keeper.close()


POOL = Pool()
atexit.register(POOL.close)


def _started(mode: str) -> Keeper:
    keeper = Keeper(mode)
    if keeper.said["kind"] != "ready":
        keeper.close()
        raise SandboxError(f"the sandbox does not start: {keeper.said['why']}")
    return keeper
