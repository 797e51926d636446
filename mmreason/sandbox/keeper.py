"""A process that starts programs: small, with nothing secret in it, and already in the room where they run.

A program is a fork of it, so it starts in milliseconds with Python's usual modules loaded. ::

    trainer --socket--> keeper --fork--> guard --fork--> warden --fork--> program
       |                (in the room)    (new process    (process 1:      (no rights, limits,
       |                                  namespace)      waits, ends it)  system calls filtered)
       +-- leash: the trainer holds one end of a pipe; when that closes the warden ends, and with it all it holds

Without namespaces guard and warden are one process, and the program cannot start any.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import re
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from typing import Any, NoReturn

from mmreason.sandbox import inside, kernel, room

USUAL = (
    "abc", "array", "ast", "bisect", "cmath", "collections", "contextlib", "copy", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "heapq", "inspect", "io", "itertools", "json", "linecache", "math", "numbers",
    "operator", "random", "re", "statistics", "string", "textwrap", "threading", "time", "traceback", "typing",
)  # fmt: skip
"""Loaded before there is a program, as most want some of them."""
JOB, STDIN, STDOUT, STDERR, STATUS, LEASH = range(6)
"""Places of descriptors in a request; what follows goes to the program as 3, 4 and so on."""
HIGH, FULL = 100, 4096


def told(kind: str, **said: object) -> bytes:
    """One message to the trainer."""
    return json.dumps({"kind": kind, **said}).encode() + b"\n"


def serve(handle: int, mode: str) -> dict[str, Any]:
    """Take requests until the trainer hangs up; returns in the program's process only, with its job.

    Args:
        handle: The socket.
        mode: ``root``, ``user`` or ``weak``: how to get into the room.
    """
    for name in USUAL:
        importlib.import_module(name)
    link = socket.socket(fileno=handle)
    try:
        ready = _enter(mode)
    except OSError as error:
        link.send(told("refused", why=str(error)))
        os._exit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are not waited for
    gc.freeze()
    link.send(ready)
    while True:
        _, handles, _, _ = socket.recv_fds(link, 16, 16)
        if not handles:
            os._exit(0)
        if os.fork() == 0:
            link.close()
            return _guard(mode, handles)
        for handle in handles:
            os.close(handle)


def _enter(mode: str) -> bytes:
    """Go into the room, and say what it is made of."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # before anything else on this machine
    if mode == "root":
        room.enter_as_root()
    elif mode == "user":
        room.enter_as_user()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # not before: until here its own tables must be its own
    return told("ready", landlock=room.landlock_version(), root=os.geteuid() == 0)


def _guard(mode: str, handles: list[int]) -> dict[str, Any]:
    """Make what one run has for itself, start it, and end it whatever happens."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with open(handles[JOB], "rb") as file:
        job: dict[str, Any] = json.loads(file.read())
    status = handles[STATUS]
    try:
        if mode == "weak":
            return _weak(job, handles)
        kernel.unshare(kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
        child = os.fork()
        if child == 0:
            return _strong(job, handles)
        for handle in handles[STDIN:STATUS] + handles[LEASH:]:
            os.close(handle)
        os.waitpid(child, 0)  # comes back when the last process of the namespace is gone
    except OSError as error:
        os.write(status, told("broken", why=f"sandbox: {error}"))
    os._exit(0)


def _strong(job: dict[str, Any], handles: list[int]) -> dict[str, Any]:
    """Process 1 of a namespace: when it ends, everything in it ends."""
    limits = job["limits"]
    try:
        size = f"size={limits['file_bytes']},nr_inodes=1024,mode=700"
        kernel.mount("tmpfs", room.SCRATCH, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, size)
        _write_files(room.SCRATCH, job["files"])
        child = os.fork()
        if child == 0:
            tasks = 3 + limits["threads"] + limits["processes"]  # keeper, guard and warden count
            return _program(job, handles, room.SCRATCH, tasks if _counts_by_namespace() else None, strong=True)
        _watch(child, limits["wall_seconds"], handles)
    except OSError as error:
        os.write(handles[STATUS], told("broken", why=f"sandbox: {error}"))
    os._exit(0)


def _counts_by_namespace() -> bool:
    """Before Linux 5.14 a limit on processes counts all of the user's, wherever they are."""
    major, minor = re.findall(r"\d+", os.uname().release)[:2]
    return (int(major), int(minor)) >= (5, 14)


def _weak(job: dict[str, Any], handles: list[int]) -> dict[str, Any]:
    """Guard and warden in one. The program cannot start processes here, so it is all there is to end."""
    folder = tempfile.mkdtemp(prefix="mmreason-sandbox-")
    try:
        os.chmod(folder, 0o755)
        _write_files(folder, job["files"])
        child = os.fork()
        if child == 0:
            return _program(job, handles, folder, 1 + job["limits"]["threads"], strong=False)
        _watch(child, job["limits"]["wall_seconds"], handles)
    except OSError as error:
        os.write(handles[STATUS], told("broken", why=f"sandbox: {error}"))
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _watch(child: int, seconds: float, handles: list[int]) -> None:
    """Wait for the program, its time, or the trainer to let go; then end it and say what came of it."""
    for handle in handles[STDIN:STATUS] + handles[LEASH + 1 :]:
        os.close(handle)
    ended = os.pidfd_open(child)
    waiter = select.poll()
    waiter.register(ended, select.POLLIN)
    waiter.register(handles[LEASH], select.POLLIN | select.POLLHUP)
    seen = {handle for handle, _ in waiter.poll(seconds * 1000)}
    if ended not in seen:
        os.kill(child, signal.SIGKILL)
    _, code, used = os.wait4(child, 0)
    message = told(
        "end",
        exit=os.waitstatus_to_exitcode(code),
        late=not seen,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * 1024,
    )
    os.write(handles[STATUS], message)


def _write_files(folder: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(bytes.fromhex(text))


def _program(
    job: dict[str, Any], handles: list[int], folder: str, tasks: int | None, *, strong: bool
) -> dict[str, Any]:
    """Turn this process into one that holds nothing but the program's own descriptors, and has no rights."""
    kept = [handles[STDIN], handles[STDOUT], handles[STDERR], *handles[LEASH + 1 :], handles[STATUS]]
    for i, handle in enumerate(kept):  # out of the way first: their numbers may be those that they shall have
        os.dup2(handle, HIGH + i)
    for i in range(len(kept) - 1):
        os.dup2(HIGH + i, i)
    status = HIGH + len(kept) - 1
    os.closerange(len(kept) - 1, status)
    os.closerange(status + 1, FULL)
    try:
        _settle(job, folder, tasks, strong)
    except OSError as error:
        os.write(status, told("broken", why=f"sandbox: {error}"))
        os._exit(1)
    os.close(status)
    return job


def _settle(job: dict[str, Any], folder: str, tasks: int | None, strong: bool) -> None:
    """Give up all that a program shall not have."""
    os.setsid()
    os.environ.clear()
    os.umask(0o077)
    os.chdir(folder)
    sys.argv[:] = ["program.py"]
    sys.path[:] = [folder, *sys.path]
    if not strong and not _hold_weakly(folder):
        tasks = None
    room.limit(job["limits"], tasks)
    room.lock(strong, job["limits"]["processes"] > 0)


def _hold_weakly(folder: str) -> bool:
    """Make do with Landlock, where there is that, and a user of its own, if there can be one; say whether there is."""
    library = room.standard_library()
    if room.landlock_version():
        room.read_only_these([*room.needed(), folder])
    if os.geteuid() != 0:
        return False
    handle = os.open(library, os.O_PATH | os.O_DIRECTORY)
    user = room.become_own_user()
    if not os.access(library, os.R_OK):  # under a home that only root may enter: by descriptor there is a way in
        sys.path[:] = [p.replace(library, f"/proc/self/fd/{handle}") for p in sys.path]
        sys.path_importer_cache.clear()
    else:
        os.close(handle)
    return user != room.INSIDE


def main(handle: int, mode: str) -> NoReturn:
    """Serve; in a program's process, run it with none of our frames above it."""
    inside.run(serve(handle, mode))
