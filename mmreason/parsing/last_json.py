"""The last JSON object in a text."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 4_000
"""Characters at the end of a text that are searched."""
_FENCED = re.compile(r"```json\s(.*?)```", re.DOTALL | re.IGNORECASE)
_WORDS = re.compile(r"(:\s*)(True|False|None)(?=\s*[,}])")
_SPELLED = {"True": "true", "False": "false", "None": "null"}
_DECODER = json.JSONDecoder()


def last_json(text: str) -> dict[str, Any] | None:
    """Give the last complete JSON object that is no part of another, or None.

    Objects in a block fenced as ``json`` come before all others; of several blocks the last counts. Python's
    ``True``, ``False`` and ``None`` are read as JSON's words.

    >>> last_json('first {"a": 1}, then {"b": {"c": None}} and {')
    {'b': {'c': None}}
    """
    text = text[-LONGEST:]
    fenced = [found for block in _FENCED.findall(text) if (found := _last(block)) is not None]
    return fenced[-1] if fenced else _last(text)


def _last(text: str) -> dict[str, Any] | None:
    repaired = _WORDS.sub(lambda word: word[1] + _SPELLED[word[2]], text)  # of the same length
    found, at = None, text.find("{")
    while at >= 0:
        read = _read(text, at) or (None if repaired == text else _read(repaired, at))
        if read is not None:
            found, at = read
        else:
            at += 1
        at = text.find("{", at)
    return found


def _read(text: str, at: int) -> tuple[dict[str, Any], int] | None:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return value, end
