"""What an attack is, and those that come in many kinds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """A program, and how its run must end."""

    source: str
    ends: tuple[str, ...] = ("failed",)
    processes: int = 0


CTYPES = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    if result >= 0: print('ESCAPED', args, result)
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""
OVER = ("memory", "failed", "killed")


def syscall(x86_64: int, aarch64: int, *args: object) -> Attack:
    given = "".join(f", {arg!r}" for arg in args)
    return Attack(f"{CTYPES}\nimport platform\ncall({x86_64} if platform.machine() == 'x86_64' else {aarch64}{given})")


def read(path: str) -> Attack:
    return Attack(f"import os\ntext = open(f'{path}', 'rb').read(99)\nprint('ESCAPED', text)")


def write(path: str) -> Attack:
    return Attack(f"import os\nopen({path!r}, 'w').write('mmreason-escaped')\nprint('ESCAPED')")


def connect(family: str, kind: str, address: str) -> Attack:
    code = f"s = socket.socket(socket.{family}, socket.{kind})\ns.connect({address})\nprint('ESCAPED')"
    return Attack(f"import socket\n{code}")
