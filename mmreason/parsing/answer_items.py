"""The parts of an answer that names several things."""

from __future__ import annotations

import json
import re

from mmreason.parsing.math_text import split_outside
from mmreason.parsing.plain_text import plain

MAX_ITEMS = 1000
"""Parts of the longest answer that is read."""
MAX_LIST = 100_000
"""Characters of the longest answer that is read."""

_AND = re.compile(r"\band\b|&|[;|\n]", re.IGNORECASE)
_BULLET = re.compile(r"\s*(?:[-*\u2022]|[0-9]{1,3}[.)])\s+")
_PAIRS = {"[": "]", "{": "}", "(": ")"}


def read_items(answer: str) -> list[str]:
    r"""Split an answer at commas, semicolons, bars, line ends, ``&`` and ``and`` outside of brackets.

    A JSON list of texts and numbers is taken as it is. ``or`` joins nothing: ``5 or 6`` names no set, and is one part.

    Returns:
        Parts in the order they stand, none of them empty; nothing for an answer too long to be one.

    >>> read_items("[cat, dog and bird]"), read_items('["a, b", 2]'), read_items("- x\n- y"), read_items("5 or 6")
    (['cat', 'dog', 'bird'], ['a, b', '2'], ['x', 'y'], ['5 or 6'])
    """
    if len(answer) > MAX_LIST:
        return []
    said = plain(answer).strip()
    found = _json_list(said)
    if found is None:
        lines = (_BULLET.sub("", line, count=1) if _BULLET.match(line) else line for line in said.split("\n"))
        said = _unwrapped("\n".join(lines).replace(r"\{", "{").replace(r"\}", "}").strip())
        found = [part.strip() for part in split_outside(_AND.sub(",", said), ",")]
    return [part for part in found if part] if len(found) <= MAX_ITEMS else []


def _unwrapped(said: str) -> str:
    close = _PAIRS.get(said[:1])
    return said[1:-1] if close and said.endswith(close) and said.count(said[0]) == 1 else said


def _json_list(said: str) -> list[str] | None:
    if not said.startswith("["):
        return None
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(x, str | int | float) for x in found):
        return None
    return [x.strip() if isinstance(x, str) else json.dumps(x) for x in found]
