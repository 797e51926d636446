"""Which system calls a program may make: a list of what Python needs, and nothing else."""

from __future__ import annotations

import errno
import struct

# name: (x86_64, aarch64); None where the architecture has no such call.
Numbers = tuple[int | None, int | None]

PLAIN: dict[str, Numbers] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "pwrite64": (18, 68), "preadv": (295, 69), "pwritev": (296, 70), "preadv2": (327, 286), "pwritev2": (328, 287),
    "close": (3, 57), "close_range": (436, 436), "stat": (4, None), "fstat": (5, 80), "lstat": (6, None),
    "newfstatat": (262, 79), "statx": (332, 291), "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226),
    "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214), "mincore": (27, 232),
    "msync": (26, 227), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136), "rt_sigsuspend": (130, 133), "rt_sigtimedwait": (128, 137),
    "sigaltstack": (131, 132), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "pipe": (22, None), "pipe2": (293, 59), "select": (23, None), "pselect6": (270, 72), "poll": (7, None),
    "ppoll": (271, 73), "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, None), "epoll_pwait": (281, 22), "eventfd2": (290, 19), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, None), "getitimer": (36, 102), "setitimer": (38, 103), "alarm": (37, None), "pause": (34, None),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148), "getresgid": (120, 150),
    "getgroups": (115, 158), "getpgrp": (111, None), "getpgid": (121, 155), "getsid": (124, 156), "exit": (60, 93),
    "exit_group": (231, 94), "wait4": (61, 260), "waitid": (247, 95), "uname": (63, 160),
    "fsync": (74, 82), "fdatasync": (75, 83), "getdents": (78, None), "getdents64": (217, 61), "getcwd": (79, 17),
    "chdir": (80, 49), "fchdir": (81, 50), "readlink": (89, None), "readlinkat": (267, 78), "umask": (95, 166),
    "getrlimit": (97, 163), "getrusage": (98, 165), "sysinfo": (99, 179), "times": (100, 153), "futex": (202, 98),
    "set_robust_list": (273, 99), "get_robust_list": (274, 100), "rseq": (334, 293), "set_tid_address": (218, 96),
    "arch_prctl": (158, None), "restart_syscall": (219, 128), "getrandom": (318, 278), "membarrier": (324, 283),
    "statfs": (137, 43), "fstatfs": (138, 44), "getcpu": (309, 168), "sendfile": (40, 71),
    "copy_file_range": (326, 285),
}  # fmt: skip
"""Harmless whatever the arguments are."""

WRITING: dict[str, Numbers] = {
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35), "link": (86, None), "linkat": (265, 37),
    "symlink": (88, None), "symlinkat": (266, 36), "truncate": (76, 45), "ftruncate": (77, 46), "chmod": (90, None),
    "fchmod": (91, 52), "fchmodat": (268, 53), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "fallocate": (285, 47), "creat": (85, None),
}  # fmt: skip
"""They change files; allowed where the file system is the program's own."""

CHECKED: dict[str, Numbers] = {
    "open": (2, None), "openat": (257, 56), "ioctl": (16, 29), "fcntl": (72, 25), "prlimit64": (302, 261),
    "clone": (56, 220), "clone3": (435, 435), "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
}  # fmt: skip
"""Allowed with some arguments only."""
PROCESSES: dict[str, Numbers] = {
    "fork": (57, None), "vfork": (58, None), "setsid": (112, 157), "setpgid": (109, 154),
}  # fmt: skip
"""Allowed where a program may start processes."""

AUDIT_ARCH = (0xC000003E, 0xC00000B7)
X32 = 0x40000000
"""Calls of the x32 interface have this bit; they would pass by the numbers of the list."""
KILL_PROCESS, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCH_AT, ARGS_AT = 0, 4, 16

CLONE_THREAD = 0x00010000
CLONE_NAMESPACES = 0x7E020000
WRITE_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, and the bit of O_TMPFILE that O_DIRECTORY does not have."""
FCNTL = (0, 1, 2, 3, 4, 1030, 1032)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ: no locks, and no signals to others."""
IOCTL = (0x5401, 0x5450, 0x5451, 0x541B)
"""TCGETS (isatty), FIONCLEX, FIOCLEX, FIONREAD."""


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def _argument(at: int) -> bytes:
    """Load the lower half of an argument: all that the kernel reads of an int."""
    return _op(LOAD, ARGS_AT + 8 * at)


def _when(number: int | None, body: bytes) -> bytes:
    return b"" if number is None else _op(JUMP_EQUAL, number, 0, len(body) // 8) + body


def _one_of(at: int, values: tuple[int, ...]) -> bytes:
    tests = b"".join(_op(JUMP_EQUAL, value, len(values) - i) for i, value in enumerate(values))
    return _argument(at) + tests + _op(RETURN, ERRNO | errno.EPERM) + _op(RETURN, ALLOW)


def _without(at: int, bits: int) -> bytes:
    refuse = _op(RETURN, ERRNO | errno.EPERM)
    return _argument(at) + _op(JUMP_ANY_BIT, bits, 0, 1) + refuse + _op(RETURN, ALLOW)


def build(column: int, *, files: bool, processes: bool, own: int | None) -> bytes:
    """Give the BPF program that refuses everything else with EPERM.

    Args:
        column: Of the architecture, see ``kernel.arch``.
        files: It may change files.
        processes: It may start processes.
        own: Signals reach this process only; None where no other can be reached anyway.
    """
    allow, refuse = _op(RETURN, ALLOW), _op(RETURN, ERRNO | errno.EPERM)
    clone = _without(0, CLONE_NAMESPACES)
    if not processes:
        clone = _argument(0) + _op(JUMP_ANY_BIT, CLONE_THREAD, 0, len(clone) // 8) + clone + refuse
    signals = allow if own is None else _one_of(0, (own,))
    checked = {
        "open": allow if files else _without(1, WRITE_FLAGS),
        "openat": allow if files else _without(2, WRITE_FLAGS),
        "ioctl": _one_of(1, IOCTL),
        "fcntl": _one_of(1, FCNTL),
        "prlimit64": _one_of(0, (0,)),
        "clone": clone,
        "clone3": _op(RETURN, ERRNO | errno.ENOSYS),  # its flags are out of a filter's reach; libraries fall back
        "kill": signals,
        "tkill": allow if own is None else refuse,
        "tgkill": signals,
    }
    free = {**PLAIN, **(WRITING if files else {}), **(PROCESSES if processes else {})}
    out = _op(LOAD, ARCH_AT) + _op(JUMP_EQUAL, AUDIT_ARCH[column], 1) + _op(RETURN, KILL_PROCESS) + _op(LOAD, NUMBER_AT)
    out += _op(JUMP_AT_LEAST, X32, 0, 1) + _op(RETURN, KILL_PROCESS)
    out += b"".join(_when(numbers[column], allow) for numbers in free.values())
    out += b"".join(_when(CHECKED[name][column], body) for name, body in checked.items())
    return out + refuse
