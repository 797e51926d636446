"""A recipe as text and as nested JSON, and where two of them differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from mmreason.naming import name_of

WIDTH = 100


def pretty(value: object, indent: int = 0) -> str:
    """Write a value as Python, one field a line where it does not fit in one."""
    line = name_of(value)
    if len(line) + indent <= WIDTH:
        return line
    pad = " " * (indent + 4)
    if isinstance(value, (tuple, list)):
        left, right = "()" if isinstance(value, tuple) else "[]"
        rows = [f"{pad}{pretty(item, indent + 4)},\n" for item in value]
        return f"{left}\n{''.join(rows)}{' ' * indent}{right}"
    if is_dataclass(value) and not isinstance(value, type):
        told = [(f.name, getattr(value, f.name)) for f in fields(value) if f.compare]
        rows = [f"{pad}{name}={pretty(item, indent + 4)},\n" for name, item in told]
        return f"{type(value).__qualname__}(\n{''.join(rows)}{' ' * indent})"
    return line


def described(value: object) -> Any:
    """Write a value as nested JSON: a dataclass becomes an object of its fields, its type under ``_type``."""
    if value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, (tuple, list)):
        return [described(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        told = {f.name: described(getattr(value, f.name)) for f in fields(value) if f.compare}
        return {"_type": type(value).__qualname__} | told
    return {"_value": name_of(value)}


def differences(old: Any, new: Any, path: str = "recipe") -> Iterator[str]:
    """Tell where two descriptions differ, as ``recipe.stages[1] 'planning'.steps: 100 before, 200 now``."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.get("_type") == new.get("_type"):
        label = f" {new['name']!r}" if old.get("name") == new.get("name") and isinstance(new.get("name"), str) else ""
        for key in dict.fromkeys([*old, *new]):
            yield from differences(old.get(key), new.get(key), f"{path}{label}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{path}: {len(old)} entries before, {len(new)} now"
        for i, (left, right) in enumerate(zip(old, new, strict=False)):
            yield from differences(left, right, f"{path}[{i}]")
    elif old != new or type(old) is not type(new):
        yield f"{path}: {brief(old)} before, {brief(new)} now"


def brief(value: Any) -> str:
    """A description in a few words."""
    if isinstance(value, Mapping):
        return str(value.get("_type", value.get("_value")))
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
