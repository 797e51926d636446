"""Where programs run: a root of their own with Python's files and nothing else, or what comes nearest without it."""

from __future__ import annotations

import os
import resource
import socket
import struct
from pathlib import Path

from mmreason.sandbox import kernel
from mmreason.sandbox.syscalls import build

INSIDE = 65534
"""The one user that exists inside."""
OWN_USERS = 1_900_000_000
"""Users of nobody else: this plus the number of a process. Beyond what systems and containers hand out."""
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")
SCRATCH = "/tmp"
"""Where a program stands and may write, in a root of its own."""


def standard_library() -> str:
    """Where Python's own modules are."""
    return os.path.dirname(os.path.realpath(os.__file__))


def needed() -> list[str]:
    """Paths that Python reads, parents before what is in them."""
    library = standard_library()
    with open("/proc/self/maps") as table:
        mapped = {os.path.dirname(row.split(maxsplit=5)[5].strip()) for row in table if ".so" in row}
    found: list[str] = []
    for path in sorted({library, *LIBRARIES, *mapped}):
        if os.path.exists(path) and not any(path == p or path.startswith(f"{p}/") for p in found):
            found.append(path)
    return found


def hidden() -> list[str]:
    """Installed packages among what is needed: a program gets the standard library."""
    library = standard_library()
    places = [f"{library}/site-packages", f"{library}/dist-packages", "/usr/lib/python3/dist-packages"]
    return [path for path in places if os.path.isdir(path)]


def build_root() -> None:
    """Make a read-only root out of ``needed`` and go there. Needs the right to mount in a mount namespace of its own.

    Raises:
        OSError: what the kernel refuses.
    """
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    base = "/proc"  # a folder that is always there, and is no longer needed where this is mounted
    paths, packages = needed(), hidden()
    kernel.mount("tmpfs", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m,nr_inodes=4096")
    os.makedirs(base + SCRATCH)
    for path in paths:
        _bring(path, base + path)
    for path in packages:
        kernel.mount("tmpfs", base + path, "tmpfs", kernel.MS_RDONLY, "mode=755,size=4k")
    kernel.pivot_root(base)
    _read_only("/")


def _bring(path: str, to: str) -> None:
    if os.path.islink(path):
        os.makedirs(os.path.dirname(to), exist_ok=True)
        os.symlink(os.readlink(path), to)
        return
    if os.path.isdir(path):
        os.makedirs(to, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(to), exist_ok=True)
        Path(to).touch()
    kernel.mount(path, to, "", kernel.MS_BIND | kernel.MS_REC)
    _read_only(to)


def _read_only(path: str) -> None:
    attributes = struct.pack("=4Q", 1 | 2 | 4, 0, 0, 0)  # MOUNT_ATTR_RDONLY, NOSUID, NODEV
    try:
        kernel.syscall("mount_setattr", -1, path.encode() + b"\0", 0x8000, attributes, len(attributes))  # AT_RECURSIVE
    except OSError:  # older than Linux 5.12: without what is mounted deeper, which stays as it is outside
        has = os.statvfs(path).f_flag
        keep = sum(flag for bit, flag in kernel.KEPT if has & bit)
        flags = kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV
        kernel.mount("none", path, "", flags | keep)


def enter_as_root() -> None:
    """Build the root with all rights, then become a user that is nobody else, in a user namespace of its own.

    Raises:
        OSError: what the kernel refuses.
    """
    apart = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    kernel.unshare(apart)
    socket.sethostname("sandbox")
    table = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    build_root()
    rights = _permitted(table)
    kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)  # some systems let only those who may mount have user namespaces
    become_own_user()
    kernel.set_capabilities(rights)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else the tables below belong to root
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
    _map_user(table, uid, gid)
    os.close(table)


def enter_as_user() -> None:
    """Get the right to mount from a user namespace, as any user may where the kernel lets them.

    Raises:
        OSError: what the kernel refuses.
    """
    if os.geteuid() == 0:  # without the right to mount; no limit on processes would hold for root
        become_own_user()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    uid, gid = os.getuid(), os.getgid()
    apart = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
    kernel.unshare(kernel.CLONE_NEWUSER | apart)
    table = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    _map_user(table, uid, gid)
    os.close(table)
    socket.sethostname("sandbox")
    build_root()


def _map_user(table: int, uid: int, gid: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{INSIDE} {uid} 1"), ("gid_map", f"{INSIDE} {gid} 1")):
        handle = os.open(name, os.O_WRONLY, dir_fd=table)
        os.write(handle, text.encode())
        os.close(handle)


def _permitted(table: int) -> int:
    handle = os.open("status", os.O_RDONLY, dir_fd=table)
    with open(handle) as status:
        return next(int(row.split()[1], 16) for row in status if row.startswith("CapPrm"))


def become_own_user() -> int:
    """Give up being root for a user that owns nothing; needs the right to change users.

    Raises:
        OSError: what the kernel refuses.
    """
    user = OWN_USERS + os.getpid()
    os.setgroups([])
    try:
        os.setresgid(user, user, user)
    except OSError:  # a container with few users
        user = INSIDE
        os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    return user


def landlock_version() -> int:
    """What this kernel can do to hold a process to some folders; 0 for nothing."""
    try:
        return kernel.syscall("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def read_only_these(paths: list[str]) -> None:
    """Let this process, and what it starts, read these paths and nothing else.

    Raises:
        OSError: if the kernel has no Landlock.
    """
    bits = {1: 13, 2: 14, 3: 15, 4: 15}.get(landlock_version(), 16)
    handled = struct.pack("=Q", (1 << bits) - 1)
    rules = kernel.syscall("landlock_create_ruleset", handled, len(handled), 0)
    for path in paths:
        handle = os.open(path, os.O_PATH)
        reads = 1 << 2 | (1 << 3 if os.path.isdir(path) else 0)
        kernel.syscall("landlock_add_rule", rules, 1, struct.pack("=Qi", reads, handle), 0)
        os.close(handle)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.syscall("landlock_restrict_self", rules, 0)
    os.close(rules)


def limit(limits: dict[str, float], tasks: int | None) -> None:
    """Set the limits of this process, which its children inherit.

    Args:
        limits: The fields of ``Limits``.
        tasks: Processes and threads of its user; None to leave that as it is.
    """
    seconds = -int(-limits["cpu_seconds"] // 1)
    memory, file = int(limits["memory_bytes"]), int(limits["file_bytes"])
    every = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_STACK: (min(64 * 2**20, memory // 4),) * 2,
        resource.RLIMIT_FSIZE: (file, file),
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
        resource.RLIMIT_SIGPENDING: (64, 64),
    }
    if tasks is not None:
        every[resource.RLIMIT_NPROC] = (tasks, tasks)
    for kind, (soft, hard) in every.items():
        top = resource.getrlimit(kind)[1]
        if top != resource.RLIM_INFINITY:
            soft, hard = min(soft, top), min(hard, top)
        resource.setrlimit(kind, (soft, hard))


def lock(strong: bool, processes: bool) -> None:
    """Put the filter on: the last thing before a program's first line."""
    column = kernel.arch()
    assert column is not None
    kernel.drop_capabilities()
    kernel.install_filter(build(column, files=strong, processes=processes, own=None if strong else os.getpid()))
