"""Counts the lines of Python that a call runs, and stops it at too many: a bound that no slow machine moves."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


class TooManySteps(AssertionError):
    """The call was stopped."""


def steps(call: Callable[[], object], most: int = 20_000_000) -> int:
    """Lines run by a call, over all functions of Python.

    Raises:
        TooManySteps: more than ``most``; the call does not go on.
    """
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        if count > most:
            raise TooManySteps(f"more than {most} lines")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def linear(call: Callable[[int], object], size: int = 400) -> bool:
    """Whether four times the input takes at most five times the lines, beside a constant."""
    small = steps(lambda: call(size))
    return steps(lambda: call(4 * size), 5 * small + 5_000) <= 5 * small + 5_000
