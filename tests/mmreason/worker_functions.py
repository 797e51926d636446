"""Functions that worker processes run in tests: quick, slow, noisy, and fatal ones."""

from __future__ import annotations

import ctypes
import os
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmreason.errors import DataError


def square(x: int) -> int:
    return x * x


def do(what: Any) -> Any:
    """Whatever the item says; anything else comes back as it is."""
    match what:
        case "exit":
            os._exit(3)
        case "segfault":
            ctypes.string_at(0)
        case "loop":
            while True:
                pass
        case "sleep":
            time.sleep(60)
        case "memory":
            return len(bytearray(1 << 40))
        case "raise":
            raise ValueError("no")
        case "recursion":
            return do_again(0)
        case "print":
            sys.stdout.write("noise")
            sys.stdout.flush()
        case "lambda":
            return lambda: None
        case "data":
            raise DataError("line 3: no answer")
        case "system exit":
            raise SystemExit(5)
        case "alone":
            return sorted(os.environ[name] for name in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"))
    return what


def do_again(x: int) -> int:
    return do_again(x + 1)


def draw(_: int) -> tuple[float, list[str]]:
    """Random numbers and the order of a set: the same in every worker."""
    return random.random(), list({"a", "b", "c", "d", "e"})


def process(_: int) -> int:
    return os.getpid()


def child_that_stays(seconds: float) -> int:
    """A grandchild that would outlive its parent."""
    import subprocess

    return subprocess.Popen(["sleep", str(seconds)]).pid


@dataclass(frozen=True)
class Prepared:
    """Counts its preparations in a file."""

    path: str

    def prepare(self) -> None:
        with Path(self.path).open("a") as file:
            file.write("p")

    def __call__(self, x: int) -> int:
        return x + 1


class Refuses:
    """Cannot be loaded."""

    def __reduce__(self) -> Any:
        return int, ("no number",)

    def __call__(self, x: int) -> int:
        return x
