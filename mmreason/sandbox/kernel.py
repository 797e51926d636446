"""Calls to the Linux kernel that Python has no function for, through ctypes."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
# The flags of a mount as statvfs tells them, and as mount wants them back.
KEPT = ((2, MS_NOSUID), (4, MS_NODEV), (8, MS_NOEXEC), (1024, 1024), (2048, 2048), (4096, 1 << 21))

PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 8, 22, 24, 38
SECCOMP_MODE_FILTER = 2

ARCHES = {"x86_64": 0, "aarch64": 1}
"""Column of the tables of system calls."""
NUMBERS = {
    "mount_setattr": (442, 442),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "capset": (126, 91),
    "pivot_root": (155, 41),
}


def arch() -> int | None:
    """Column of this machine in the tables; None where there is none."""
    return ARCHES.get(platform.machine())


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(name: str, *args: Any) -> int:
    """Call by number what the C library may not know.

    Raises:
        OSError: as the kernel says, with the name of the call.
    """
    column = arch()
    assert column is not None
    wide = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    return _checked(_LIBC.syscall(ctypes.c_long(NUMBERS[name][column]), *wide), name)


def unshare(flags: int) -> None:
    """Leave the namespaces shared so far."""
    _checked(_LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount."""
    args = (source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), data.encode())
    _checked(_LIBC.mount(*args), f"mount {kind or source} on {target}")


def umount(target: str) -> None:
    """Take away a mount, at once to the eye."""
    _checked(_LIBC.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str) -> None:
    """Make ``new`` the root and let go of the old one."""
    os.chdir(new)
    syscall("pivot_root", b".", b".")
    umount(".")
    os.chdir("/")


def prctl(option: int, *args: Any) -> None:
    """Change something about this process."""
    wide = [ctypes.c_ulong(arg) if isinstance(arg, int) else arg for arg in args]
    wide += [ctypes.c_ulong(0)] * (4 - len(wide))
    _checked(_LIBC.prctl(option, *wide), f"prctl {option}")


def set_capabilities(mask: int) -> None:
    """Make these the permitted and effective ones; none are inheritable."""
    low, high = mask & 0xFFFFFFFF, mask >> 32
    head = struct.pack("=Ii", 0x20080522, 0)
    syscall("capset", head, struct.pack("=6I", low, low, 0, high, high, 0))


def drop_capabilities() -> None:
    """Give up all capabilities, and the means to get them back."""
    for number in range(64):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:  # past the last one that this kernel has; or there is none to drop with
            break
    set_capabilities(0)


def install_filter(program: bytes) -> None:
    """Put system calls under a BPF program, for good.

    Args:
        program: Instructions of 8 bytes each.
    """
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(head))
