"""Lines of JSON from files that nobody vouches for: what cannot be read is told, never fatal."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 64 * 2**20
"""Bytes of the longest line that is read."""
DEEPEST = "nested too deeply"
"""What is said of values that Python cannot walk through."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a file.

    Attributes:
        start: byte at which it begins.
        end: byte after it, the line's end included.
        value: the object; None where there is none.
        trouble: why there is none; empty for a good line.
        number: of the line, from 1 where reading began.
    """

    start: int
    end: int
    value: dict[str, Any] | None
    trouble: str = ""
    number: int = 0


def entries(path: Path, start: int = 0) -> Iterator[Entry]:
    """Read whole lines from a byte on; half a line at the end is left for later, blank lines are passed over."""
    num = 0
    with open(path, "rb") as file:
        file.seek(start)
        while line := file.readline(LONGEST + 1):
            begin, whole, num = start, line.endswith(b"\n"), num + 1
            start += len(line)
            if not whole and len(line) > LONGEST:
                start, whole = passed(file, start)
                if whole:
                    yield Entry(begin, start, None, f"longer than {LONGEST >> 20} MiB", num)
            elif whole and line.strip():
                yield Entry(begin, start, *parsed(line), num)


def passed(file: Any, at: int) -> tuple[int, bool]:
    """Go to the end of a line; gives the byte after it, and whether the line has an end."""
    while piece := file.readline(LONGEST):
        at += len(piece)
        if piece.endswith(b"\n"):
            return at, True
    return at, False


def entry_at(path: Path, start: int) -> dict[str, Any] | None:
    """Read the one line that begins at a byte; None where no object does."""
    if start < 0 or start > path.stat().st_size:
        return None
    with open(path, "rb") as file:
        if start:
            file.seek(start - 1)
            if file.read(1) != b"\n":
                return None
        line = file.readline(LONGEST + 1)
    return parsed(line)[0] if line.endswith(b"\n") else None


def parsed(line: bytes) -> tuple[dict[str, Any] | None, str]:
    """Give the object of a line, or say what is wrong with it."""
    try:
        value = json.loads(line)
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except RecursionError:
        return None, DEEPEST
    except ValueError as error:
        return None, f"not JSON ({str(error)[:80]})"
    return (value, "") if isinstance(value, dict) else (None, f"a {type(value).__name__}, expected an object")


def text(value: object, otherwise: str = "") -> str:
    """A text, and nothing else; what UTF-8 cannot hold is replaced."""
    if not isinstance(value, str):
        return otherwise
    return value if value.isascii() else value.encode(errors="replace").decode()


def number(value: object) -> float:
    """A finite number; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        found = float(value)
    except OverflowError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def whole(value: object, otherwise: int = 0) -> int:
    """A whole number that fits into 53 bits."""
    good = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    return value if good and isinstance(value, int) else otherwise


def items(value: object) -> list[Any]:
    """A list; nothing for anything else."""
    return value if isinstance(value, list) else []


def mapping(value: object) -> Mapping[str, Any]:
    """An object; nothing for anything else."""
    return value if isinstance(value, dict) else {}
