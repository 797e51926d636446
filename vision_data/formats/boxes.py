"""Boxes as data sets write them, checked against the space that they are said to be in."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, get_args

from vision_data.errors import MediaError
from vision_data.formats.record import Box
from vision_data.spaces import System

MOST = {"unit": 1.0, "thousand": 1000.0}
"""The largest coordinate of spaces that do not depend on the picture."""
_LIKE = re.compile(r"\s*\[[\s\d.,eE+\-\[\]naifNIty]*\]\s*")


def looks_like_boxes(value: Any) -> bool:
    """Tell whether a value, or the JSON text of one, is a list of four numbers or a list of such lists.

    >>> looks_like_boxes("[[1, 2, 3, 4]]"), looks_like_boxes([0.1, 0.2, 0.3, 0.4]), looks_like_boxes([1, 2, 3])
    (True, True, False)
    """
    found = _parsed(value)
    return found is not None and len(found) > 0 and (_four(found) or all(map(_four, found)))


def boxes_of(value: Any, space: System, size: tuple[int, int] | None = None) -> tuple[Box, ...]:
    """Read one box or a list of boxes, and check that each lies in its space.

    Args:
        value: four numbers (left, top, right, bottom), a list of such, or the JSON text of either.
        space: what the numbers count.
        size: width and height of the picture, in pixels of ``space``; None where unknown.

    Raises:
        MediaError: it is something else, a number is not finite, corners are swapped, or a box sticks out.
    """
    if space not in get_args(System):
        known = ", ".join(get_args(System))
        raise MediaError(f"boxes are said to be in {str(space)[:40]!r}, expected one of {known}")
    found = _parsed(value)
    if found is None or not (_four(found) or all(map(_four, found))):
        raise MediaError(f"boxes are {str(value)[:60]!r}, expected [left, top, right, bottom] or a list of such")
    return tuple(_checked(box, space, size) for box in ([found] if _four(found) else found))


def _parsed(value: Any) -> Sequence[Any] | None:
    if isinstance(value, str):
        if not _LIKE.fullmatch(value):
            return None
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, list | tuple) else None


def _four(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 4
        and all(isinstance(edge, int | float) and not isinstance(edge, bool) for edge in value)
    )


def _checked(box: Sequence[float], space: System, size: tuple[int, int] | None) -> Box:
    told = f"box {str(list(box))[:80]}"
    try:
        left, top, right, bottom = edges = tuple(map(float, box))
    except OverflowError:
        raise MediaError(f"{told} has a number that is not finite; remove the record or mend it") from None
    if not all(map(math.isfinite, edges)):
        raise MediaError(f"{told} has a number that is not finite; remove the record or mend it")
    if left > right or top > bottom:
        raise MediaError(f"{told} has swapped corners, expected left <= right and top <= bottom")
    most = MOST.get(space)
    width, height = (most, most) if most else (size or (math.inf, math.inf))
    if left < 0 or top < 0 or right > width or bottom > height:
        raise MediaError(
            f"{told} sticks out of its space {space} (0 to {width:g} by 0 to {height:g}); "
            "is it counted in something else?"
        )
    return left, top, right, bottom
