"""Names for values: the same text in every process for equal values, so that files can say which one they mean.

``repr`` is not enough: a function's has an address in it, and a reference to a picture tells bytes in brief.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from types import FunctionType
from typing import TypeVar

T = TypeVar("T")


def name_of(value: object) -> str:
    """Write a value of a recipe (a signal, a source, a stage) in one line: equal values, equal names.

    It is the value's ``repr`` wherever that says all there is to say; functions and types are told by their qualified
    name, bytes by their hash, and fields that play no part in equality are left out.
    """
    if is_dataclass(value) and not isinstance(value, type):
        told = (f"{f.name}={name_of(getattr(value, f.name))}" for f in fields(value) if f.compare)
        return f"{type(value).__qualname__}({', '.join(told)})"
    if isinstance(value, (tuple, list)):
        left, right = "()" if isinstance(value, tuple) else "[]"
        comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
        return f"{left}{', '.join(map(name_of, value))}{comma}{right}"
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}({{{', '.join(sorted(map(name_of, value)))}}})"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()[:32]}>"
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if isinstance(value, (FunctionType, type)):
        return value.__qualname__
    return repr(value)


def by_name(values: Iterable[T]) -> dict[str, T]:
    """Index values by their names; the last of equal ones stays."""
    return {name_of(value): value for value in values}
