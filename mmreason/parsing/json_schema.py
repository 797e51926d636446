"""JSON Schema, the part of it that data sets use: no references, no formats, nothing that loads from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from mmreason.errors import DataError
from mmreason.parsing.json_text import same_json
from mmreason.parsing.limited_regex import matches

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and v == math.floor(v),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
_SAID = frozenset({"$schema", "$id", "title", "description", "default", "examples", "$comment", "format"})
_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minimum": ("number", lambda v, n: v >= n),
    "maximum": ("number", lambda v, n: v <= n),
    "exclusiveMinimum": ("number", lambda v, n: v > n),
    "exclusiveMaximum": ("number", lambda v, n: v < n),
    "multipleOf": ("number", lambda v, n: math.isclose(v / n, round(v / n), rel_tol=1e-9, abs_tol=1e-9)),
    "minLength": ("string", lambda v, n: len(v) >= n),
    "maxLength": ("string", lambda v, n: len(v) <= n),
    "minItems": ("array", lambda v, n: len(v) >= n),
    "maxItems": ("array", lambda v, n: len(v) <= n),
    "minProperties": ("object", lambda v, n: len(v) >= n),
    "maxProperties": ("object", lambda v, n: len(v) <= n),
}
_NESTED = frozenset({"items", "not", "additionalProperties"})
_LISTED = frozenset({"anyOf", "oneOf", "allOf"})
KEYWORDS = frozenset(
    {"type", "enum", "const", "properties", "required", "uniqueItems", "pattern", *_BOUNDS, *_NESTED, *_LISTED}
)
"""What a schema may say; ``format`` and words of explanation are passed over."""


def check_schema(schema: Any, where: str = "schema") -> None:
    """Refuse a schema that says more than is understood here, so that nothing passes unchecked.

    Raises:
        DataError: it is no schema, or has a keyword that is not in ``KEYWORDS``.
    """
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise DataError(f"{where}: the JSON schema is {str(schema)[:60]!r}, expected an object, true or false")
    for word, value in schema.items():
        at = f"{where}.{word}"
        if word in _NESTED:
            check_schema(value, at)
        elif word == "properties":
            for name, inner in _expected(value, dict, at, "an object").items():
                check_schema(inner, f"{at}.{name}")
        elif word in _LISTED:
            for i, inner in enumerate(_expected(value, list, at, "a list")):
                check_schema(inner, f"{at}[{i}]")
        else:
            _check_word(word, value, at)


def fits_schema(value: Any, schema: Any) -> bool:
    """Say whether a value is as a schema (checked by ``check_schema``) wants it.

    A ``pattern`` is searched in a worker process; one that takes over a second does not match.

    >>> fits_schema({"n": 3}, {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
    True
    """
    if isinstance(schema, bool):
        return schema
    return all(_holds(word, value, schema) for word in schema)


def _holds(word: str, value: Any, schema: Mapping[str, Any]) -> bool:
    wanted = schema[word]
    if word in _BOUNDS:
        kind, holds = _BOUNDS[word]
        return not _TYPES[kind](value) or holds(value, wanted)
    match word:
        case "type":
            return any(_TYPES[name](value) for name in ([wanted] if isinstance(wanted, str) else wanted))
        case "enum":
            return any(same_json(value, one) for one in wanted)
        case "const":
            return same_json(value, wanted)
        case "pattern":
            return not isinstance(value, str) or matches(wanted, [value], "anywhere")[0] is True
        case "not":
            return not fits_schema(value, wanted)
        case "anyOf" | "oneOf" | "allOf":
            fitting = sum(fits_schema(value, one) for one in wanted)
            return {"anyOf": fitting > 0, "oneOf": fitting == 1, "allOf": fitting == len(wanted)}[word]
    if isinstance(value, list):
        return _list_holds(word, value, wanted)
    return not isinstance(value, dict) or _object_holds(word, value, schema)


def _list_holds(word: str, value: list[Any], wanted: Any) -> bool:
    if word == "items":
        return all(fits_schema(item, wanted) for item in value)
    if word == "uniqueItems" and wanted:
        return not any(same_json(one, other) for i, one in enumerate(value) for other in value[:i])
    return True


def _object_holds(word: str, value: dict[str, Any], schema: Mapping[str, Any]) -> bool:
    known = schema.get("properties", {})
    match word:
        case "required":
            return all(name in value for name in schema[word])
        case "properties":
            return all(fits_schema(value[name], inner) for name, inner in known.items() if name in value)
        case "additionalProperties":
            return all(fits_schema(value[name], schema[word]) for name in value if name not in known)
    return True


def _check_word(word: str, value: Any, at: str) -> None:
    if word in _SAID:
        return
    if word not in KEYWORDS:
        raise DataError(f"{at} is not understood, expected one of {', '.join(sorted(KEYWORDS))}")
    if word in _BOUNDS:
        number = _TYPES["number"](value) and math.isfinite(value) and not (word == "multipleOf" and value <= 0)
        _expected(value if number else None, int | float, at, "a number")
    elif word == "type":
        names = [value] if isinstance(value, str) else _expected(value, list, at, "a type or a list of types")
        if not all(isinstance(name, str) and name in _TYPES for name in names):
            raise DataError(f"{at} is {value!r}, expected one of {', '.join(_TYPES)}")
    elif word in ("enum", "required"):
        _expected(value, list, at, "a list")
    elif word == "pattern":
        _expected(value, str, at, "a regular expression")


def _expected(value: Any, kind: Any, at: str, what: str) -> Any:
    if not isinstance(value, kind):
        raise DataError(f"{at} is {str(value)[:60]!r}, expected {what}")
    return value
