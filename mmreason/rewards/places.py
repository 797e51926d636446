"""Boxes of a task and of a completion, with what their numbers are counted in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from mmreason.errors import DataError
from mmreason.parsing.boxes import read_boxes
from mmreason.rewards.golds import place
from mmreason.types import Task
from vision_data.coordinates import Box
from vision_data.errors import MediaError
from vision_data.media import Image
from vision_data.spaces import Space, System, declared_space

UNKNOWN = Space(1_000_000, 1_000_000)
"""Pixels of a picture whose size nobody needs: nothing is cut off at its right and lower edge."""


def gold_boxes(task: Task, field: str = "boxes", space: System | None = None, said: System | None = None) -> list[Box]:
    """Read the boxes that are right: those in the record's field, or else in the gold answer of a task about boxes.

    Args:
        task: With ``box_space`` in its record; a single box may stand without the list around it.
        field: Where the record has them.
        space: What they are counted in where the record has no ``box_space``.
        said: What the boxes of completions are counted in.

    Returns:
        The boxes; none where the task has none.

    Raises:
        DataError: they are no boxes, lie outside the picture, or nothing says what they are counted in.
    """
    value: Any = task.record.get(field)
    if value is None and task.answer is not None:
        about_boxes = task.record.get("answer_type") == "boxes"
        value = read_boxes(task.answer) if about_boxes or "box_space" in task.record or space else None
        if about_boxes and not value:
            raise DataError(f"{place(task)}: the gold answer is {task.answer[:60]!r}, expected boxes")
    if not value:
        return []
    rows = [value] if isinstance(value, list | tuple) and not isinstance(value[0], list | tuple) else value
    system = gold_system(task, space)
    try:
        return [Box.of(list(row), space_of(task, system, said or system)) for row in rows]
    except (MediaError, TypeError) as error:
        raise DataError(f"{place(task)}: {field}: {error}") from None


def gold_system(task: Task, space: System | None) -> System:
    """Find what a task's boxes are counted in: its record's ``box_space``, or ``space``.

    Raises:
        DataError: neither says it, or the word is unknown.
    """
    system = task.record.get("box_space", space)
    if system not in get_args(System):
        raise DataError(
            f"{place(task)}: boxes are declared in {system!r}, expected one of {', '.join(get_args(System))} in the "
            "record's box_space, or as space=... of the reward"
        )
    found: System = system
    return found


def space_of(task: Task, system: System, other: System) -> Space:
    """Find the space of a system for a task, as far as it is needed to compare with boxes in ``other``.

    Pixels are those of the record's ``width`` and ``height``; what the model was shown is ``resized_width`` and
    ``resized_height``, or is computed from the picture's pixel budget.

    Raises:
        DataError: a size is needed and the record has none.
    """
    original = _size(task, "width", "height")
    resized = _size(task, "resized_width", "resized_height")
    pixels = ("original", "resized")
    if system not in pixels or (original is None and system == other):
        return declared_space(system, original or UNKNOWN, resized or UNKNOWN)
    if original is None and not (system == "resized" and resized and other not in pixels):
        raise DataError(f"{place(task)}: boxes in {system} and {other} cannot be compared without width and height")
    if resized is None and original is not None and system == "resized":
        shown = [part for message in task.prompt for part in message.content if isinstance(part, Image)]
        budget = (shown[0].min_pixels, shown[0].max_pixels) if shown else (None, None)
        resized = original.resized(min_pixels=budget[0], max_pixels=budget[1])
    return declared_space(system, original or UNKNOWN, resized)


def said_boxes(text: str, space: Space) -> list[Box | None]:
    """Read the boxes of an answer and cut them to the picture; None for one that is inverted, empty or outside."""
    return [_clipped(row, space) for row in read_boxes(text)]


def iou(one: Box, other: Box) -> float:
    """Give the area two boxes share over the area they cover, 0 to 1; in any spaces.

    >>> from vision_data.spaces import UNIT
    >>> round(iou(Box(0.1, 0.2, 0.7, 0.5, UNIT), Box(0.2, 0.2, 0.8, 0.6, UNIT)), 8)
    0.55555556
    """
    other = other.to(one.space)
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(wide, 0.0) * max(high, 0.0)
    return shared / (one.area + other.area - shared)


def _clipped(row: Sequence[float], space: Space) -> Box | None:
    try:
        return Box.clipped(list(row), space)
    except MediaError:
        return None


def _size(task: Task, across: str, down: str) -> Space | None:
    width, height = task.record.get(across), task.record.get(down)
    if width is None and height is None:
        return None
    try:
        return Space(width, height)  # type: ignore[arg-type]
    except MediaError as error:
        raise DataError(f"{place(task)}: {across} and {down}: {error}") from None
