"""Stretches of time that a policy wrote: from when to when, in seconds or any other unit."""

from __future__ import annotations

import re
from typing import Any

from mmreason.parsing.json_text import BadJson, read_json

MAX_SEGMENTS = 1000
"""Stretches of the longest answer that is read."""
MAX_TEXT = 20_000
"""Characters of the longest answer that is read."""

_CLOCK = r"(?:[0-9]{1,3}:){1,2}[0-9]{1,2}(?:\.[0-9]{1,9})?"
_TIME = rf"({_CLOCK}|[0-9]{{1,9}}(?:\.[0-9]{{0,18}})?|\.[0-9]{{1,18}})\s{{0,3}}(?:seconds|second|secs|sec|s\b)?"
_PAIR = re.compile(
    rf"{_TIME}\s{{0,9}}(?:,|-|\u2013|\u2014|~|to|until|and)\s{{0,9}}(?:the\s)?(?:at\s)?{_TIME}(?![0-9.:]*[0-9])", re.I
)
_START, _END = ("start_time", "start", "begin", "from"), ("end_time", "end", "stop", "to")


def read_segments(answer: str) -> list[tuple[float, float]]:
    """Read every stretch of time in an answer, in order: ``(start, end)`` as written, possibly reversed.

    JSON objects with ``start_time`` and ``end_time`` (or ``start`` and ``end``), lists of two numbers, and in text ``6
    to 18``, ``from 6.0 s to 18 seconds``, ``[6, 18]``, ``00:06 - 00:18``. Times of a clock are turned into seconds.

    >>> read_segments('{"start_time": "6", "end_time": 18}'), read_segments("from 0:06 to 0:18.")
    ([(6.0, 18.0)], [(6.0, 18.0)])
    """
    if len(answer) > MAX_TEXT:
        return []
    try:
        found = _stretches(read_json(answer))
    except BadJson:
        found = [(_seconds(match[1]), _seconds(match[2])) for match in _PAIR.finditer(answer)]
    return found if len(found) <= MAX_SEGMENTS else []


def _stretches(value: Any) -> list[tuple[float, float]]:
    if isinstance(value, dict):
        ends = [next((value[name] for name in names if name in value), None) for names in (_START, _END)]
        return _stretches(ends) if None not in ends else []
    if not isinstance(value, list):
        return []
    times = [_time(item) for item in value]
    if len(value) == 2 and times[0] is not None and times[1] is not None:
        return [(times[0], times[1])]
    return [stretch for item in value for stretch in _stretches(item)]


def _time(value: Any) -> float | None:
    if isinstance(value, str):
        found = re.fullmatch(rf"\s{{0,9}}{_TIME}\s{{0,9}}", value)
        return _seconds(found[1]) if found else None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and abs(value) < 1e12 else None


def _seconds(text: str) -> float:
    """``1:02:03.5`` and ``12.5``."""
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total
