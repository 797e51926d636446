"""One worker process: loads a function, runs it on items, and says what came of each. See ``workers``."""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from mmreason.errors import MMReasonError, RecipeError

WATCH_SECONDS = 0.5
"""How often a worker looks whether its parent is still there."""


@dataclass(frozen=True)
class Lost:
    """Stands in the place of a value that no worker could give."""

    why: Literal["time", "crash", "memory", "error"]
    """Over its time; the process died; over its memory; the function raised."""
    said: str = ""


def serve(handle: int, parent: int) -> None:
    """Answer frames until the parent hangs up.

    Frames in: ``("load", function and memory limit, 0)`` and ``("item", item, seconds)``, the middle one pickled. Out:
    ``("loaded", None)``, ``("value", value or Lost)`` and ``("refused", error of ours)``.
    """
    os.dup2(2, 1)  # what a function prints is no part of the parent's output
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    link, whole = Connection(handle), _address_space()
    function: Callable[[Any], Any] | None = None
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        while True:
            kind, frame, seconds = pickle.loads(link.recv_bytes())
            if kind == "load":
                _limit(whole)
                function, answer = _load(frame)
            else:
                assert function is not None
                answer = _run(function, frame, seconds)
            link.send_bytes(answer)


def _load(frame: bytes) -> tuple[Callable[[Any], Any] | None, bytes]:
    try:
        function, memory_bytes = pickle.loads(frame)
        if hasattr(function, "prepare"):
            function.prepare()
    except MMReasonError as error:
        return None, pickle.dumps(("refused", error))
    except Exception as error:  # an import may raise anything
        said = f"worker processes cannot load the function: {type(error).__name__}: {error}"
        return None, pickle.dumps(("refused", RecipeError(said)))
    used = _used()
    if memory_bytes is not None and used is not None:
        _limit(used + memory_bytes)
    return function, pickle.dumps(("loaded", None))


def _run(function: Callable[[Any], Any], frame: bytes, seconds: float) -> bytes:
    random.seed(0)  # values must not depend on which items a worker has seen
    # The parent ends a late worker; where it cannot any more, the kernel does, whatever holds the interpreter's lock.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return pickle.dumps(("value", function(pickle.loads(frame))))
    except MMReasonError as error:
        return pickle.dumps(("refused", error))
    except MemoryError:
        return pickle.dumps(("value", Lost("memory", "over its memory")))
    except Exception as error:  # whatever an item can provoke costs this item only
        return pickle.dumps(("value", Lost("error", f"{type(error).__name__}: {error}"[:500])))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _watch(parent: int) -> None:
    """End the process when its parent has gone: a busy worker does not notice that the line is dead."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(0)


def _address_space() -> int | None:
    """Highest allowed, as inherited; None where there are no such limits. No core files from here on."""
    try:
        import resource
    except ImportError:
        return None
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return resource.getrlimit(resource.RLIMIT_AS)[0]


def _limit(address_space: int | None) -> None:
    if address_space is not None:
        import resource

        top = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (address_space, top))


def _used() -> int | None:
    """Bytes of address space in use; None where the system does not say."""
    table = Path("/proc/self/statm")
    return int(table.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if table.exists() else None
