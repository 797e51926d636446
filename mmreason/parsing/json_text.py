"""JSON that a policy wrote: in a fence or bare, read strictly and within limits."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from mmreason.errors import MMReasonError

MAX_JSON = 1_000_000
"""Characters of the longest text that is read."""
MAX_DEPTH = 64
"""Objects and lists inside each other."""

_FENCED = re.compile(r"\s*```(?:[A-Za-z0-9]+)?[ \t]*\n?(?P<inside>.*?)```\s*", re.DOTALL)


class BadJson(MMReasonError, ValueError):
    """Not JSON, or beyond the limits."""


def read_json(text: str) -> Any:
    r"""Read a text that is one JSON value and nothing else, or one fenced block with such a value.

    Stricter than Python's reader: a key that stands twice in one object, and NaN or Infinity, are errors.

    Raises:
        BadJson: it is none, too long, or nested too deep.

    >>> read_json('```json\n{"a": [1, 2]}\n```')
    {'a': [1, 2]}
    """
    if len(text) > MAX_JSON:
        raise BadJson(f"{len(text)} characters, expected at most {MAX_JSON}")
    fenced = _FENCED.fullmatch(text)
    try:
        value = json.loads(fenced["inside"] if fenced else text, object_pairs_hook=_object, parse_constant=_refused)
    except RecursionError:
        raise BadJson(f"nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        raise BadJson(str(error)) from None
    if depth(value) > MAX_DEPTH:
        raise BadJson(f"nested more than {MAX_DEPTH} deep")
    return value


def depth(value: Any) -> int:
    """Count how many lists and objects stand inside each other; 0 for a plain value."""
    level, deep = [value], 0
    while level := [x for x in level if isinstance(x, dict | list)]:
        deep += 1
        level = [inner for x in level for inner in (x.values() if isinstance(x, dict) else x)]
    return deep


def same_json(one: Any, other: Any) -> bool:
    """Compare two values: the order of keys says nothing, ``1`` is ``1.0``, but ``true`` is not ``1``."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return out


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
