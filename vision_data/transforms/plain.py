"""Transforms as plain data, for buffers and records, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from vision_data.coordinates import Box, Point, Space
from vision_data.errors import MediaError
from vision_data.transforms.base import Transform

_SHAPES: tuple[type, ...] = (Box, Point, Space)


def to_plain(value: Any) -> Any:
    """Write a transform, box, point or space, or a tuple of these, as dictionaries, lists, numbers and texts.

    Raises:
        MediaError: a field holds something else.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Transform | Box | Point | Space) and is_dataclass(value):
        return {"is": type(value).__name__, **{f.name: to_plain(getattr(value, f.name)) for f in fields(value)}}
    raise MediaError(
        f"a transform holds a {type(value).__name__} ({str(value)[:40]!r}), expected numbers, texts, boxes, points, "
        "spaces, transforms, or tuples of these"
    )


def from_plain(value: Any) -> Any:
    """Read what ``to_plain`` wrote; lists become tuples.

    Raises:
        MediaError: a name is unknown (a transform of one's own must be imported first), or a field is wrong.
    """
    if isinstance(value, list | tuple):
        return tuple(from_plain(item) for item in value)
    if not isinstance(value, Mapping):
        return value
    known = {kind.__name__: kind for kind in (*_SHAPES, *_descendants(Transform))}  # type: ignore[type-abstract]
    told = {key: from_plain(item) for key, item in value.items()}
    name = told.pop("is", None)
    if name not in known:
        raise MediaError(
            f"a transform is of kind {name!r}, expected one of {', '.join(sorted(known))}; "
            "import the module that defines it first"
        )
    try:
        return known[name](**told)
    except TypeError as error:
        raise MediaError(f"transform {name}: {error}; it was written by another version") from None


def _descendants(kind: type[Transform]) -> Iterator[type[Transform]]:
    """All subclasses that are loaded."""
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
