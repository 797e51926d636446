"""Run a program that nobody trusts; say first how well this machine holds it, and refuse where that is not well."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from mmreason.errors import RecipeError
from mmreason.sandbox import kernel
from mmreason.sandbox.keepers import POOL
from mmreason.sandbox.limits import Limits, Outcome, Protection, SandboxError
from mmreason.sandbox.runs import finish, outcome, start

CANARY = """
import os, socket
places = ("/etc/passwd", "/proc/self", "/sys/kernel", "/dev/null", "/home")
seen = [path for path in places if os.path.exists(path)]
try:
    seen += [str(socket.socket())]
except OSError:
    pass
try:
    seen += [os.fork()]
except OSError:
    pass
print(os.getpid() < 9, seen, os.listdir("/tmp"))
"""
"""Tries what must not work, before anything else is run."""
NONE = ("nothing holds a program here",)


def run_program(
    source: str,
    stdin: str | bytes = b"",
    files: Mapping[str, str | bytes] | None = None,
    limits: Limits = Limits(),
    allow_weak: bool = False,
) -> Outcome:
    """Run a Python program that nobody trusts, and say what came of it.

    It has Python's standard library, an empty environment, a folder of its own with ``files`` in it, and the limits.

    Args:
        source: The program.
        stdin: What it reads.
        files: Texts or bytes by relative path.
        limits: What it may use.
        allow_weak: Run it also where the kernel gives no namespaces; see ``protection``. It cannot write files there.

    Raises:
        SandboxError: no program can be run here, or not as safely as asked.
        RecipeError: a file's name leads out of the folder.
    """
    return run_in(mode_for(allow_weak, limits), source, stdin, files, limits)


def run_in(
    mode: str,
    source: str,
    stdin: str | bytes = b"",
    files: Mapping[str, str | bytes] | None = None,
    limits: Limits = Limits(),
) -> Outcome:
    """Run a program as ``run_program`` does, in a mode that ``mode_for`` chose."""
    job = {"do": "program", "source": source, "files": _files(files or {})}
    with POOL.lend(mode) as (keeper,):
        run = start(keeper, job, limits, stdin if isinstance(stdin, bytes) else stdin.encode("utf-8", "replace"))
        finish([run])
        return outcome(run)


def _files(files: Mapping[str, str | bytes]) -> dict[str, str]:
    for name in files:
        path = PurePosixPath(name)
        if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name:
            raise RecipeError(
                f"run_program: {name!r} is no name of a file; expected a path inside the program's folder"
            )
    return {n: (x if isinstance(x, bytes) else x.encode("utf-8", "replace")).hex() for n, x in files.items()}


def mode_for(allow_weak: bool, limits: Limits) -> str:
    """Choose how to hold programs.

    Raises:
        SandboxError: not as asked; the message says what is missing and what to do.
    """
    mode, found = probe()
    if mode is None or (mode == "weak" and not allow_weak):
        accept = "" if mode is None else ", or accept that with allow_weak=True (--allow-weak-sandbox)"
        raise SandboxError(
            f"this machine does not hold untrusted programs ({found.refused}): {'; '.join(found.missing)}. Let the "
            "kernel give user namespaces (in a container: --cap-add SYS_ADMIN --security-opt seccomp=unconfined "
            f"--security-opt apparmor=unconfined){accept}"
        )
    if mode == "weak" and limits.processes:
        raise SandboxError(
            f"Limits: processes is {limits.processes}; without namespaces a program can start none, use 0"
        )
    return mode


def protection() -> Protection:
    """Say what holds a program on this machine; tried out once."""
    return probe()[1]


@cache
def probe() -> tuple[str | None, Protection]:
    """Try out how programs can be held here: the mode of keepers, None for not at all; and what that means."""
    if sys.platform != "linux" or kernel.arch() is None:
        return None, Protection(False, f"{sys.platform} on {os.uname().machine} is not supported", NONE)
    refused = []
    for mode in ("root", "user") if os.geteuid() == 0 else ("user",):
        why = tried(mode)
        if not why:
            return mode, Protection(True, "", ())
        refused.append(why)
    try:
        with POOL.lend("weak") as (keeper,):
            said = keeper.said
        if run_in("weak", "print(1)").stdout == "1\n":
            return "weak", Protection(False, "; ".join(refused), _missing(said))
    except SandboxError as error:
        refused.append(str(error))
    return None, Protection(False, "; ".join(refused), NONE)


def tried(mode: str) -> str:
    """Run a program that tries what must not work; why this mode does not do, or nothing."""
    try:
        seen = run_in(mode, CANARY)
    except SandboxError as error:
        return str(error)
    return "" if seen.stdout == "True [] []\n" else f"a trial program saw {seen.stdout!r} {seen.reason!r}"


def _missing(said: Mapping[str, Any]) -> tuple[str, ...]:
    """What a program could do where there are no namespaces."""
    mine = "every file that you can read, and the memory of your processes: answers, keys"
    reads = () if said["landlock"] else (f"a program can read {'what everybody can' if said['root'] else mine}",)
    alone = "only a filter of system calls keeps a program from writing files, from networks and from other processes"
    return (*reads, alone)
