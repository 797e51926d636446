"""Boxes and points that say what their numbers are counted in, and the way from one count to another.

All numbers are edges, not pixel centres: x runs from 0 at the left edge of the picture to the width of its space at
the right edge, y downwards likewise, so that a box of the whole picture is ``[0, 0, width, height]`` in any space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from vision_data.errors import MediaError
from vision_data.spaces import THOUSAND, UNIT, Space, System, declared_space

__all__ = ["THOUSAND", "UNIT", "Box", "Point", "Space", "System", "declared_space"]

# A box thinner than this share of the picture is empty: rounding alone could close it.
_THIN = 1e-9
# A number may overstep an edge by this share of the picture, as rounded files and sums of floats do; it is set to
# the edge.
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, repr=False)
class Point:
    """A place in a picture.

    Attributes:
        x: from 0 at the left edge.
        y: from 0 at the top edge.
        space: what x and y are counted in.

    Raises:
        MediaError: a number is not finite, or the point lies outside the picture.
    """

    x: float
    y: float
    space: Space

    def __post_init__(self) -> None:
        _settle(self, "point", ("x", "y"))

    @classmethod
    def of(cls, values: Any, space: Space) -> Point:
        """Read ``[x, y]``.

        Raises:
            MediaError: it is something else, or see the class.
        """
        x, y = _numbers("point", values, ("x", "y"))
        return cls(x, y, space)

    @classmethod
    def clipped(cls, values: Any, space: Space) -> Point:
        """Read ``[x, y]`` and move it to the nearest place in the picture.

        Raises:
            MediaError: it is something else, or a number is not finite.
        """
        x, y = _numbers("point", values, ("x", "y"))
        return cls(_within(x, space.width), _within(y, space.height), space)

    @property
    def numbers(self) -> tuple[float, float]:
        """X and y."""
        return self.x, self.y

    def to(self, space: Space) -> Point:
        """Give the same place counted in another space."""
        x, y = _scaled(self.numbers, self.space, space)
        return Point(x, y, space)

    def rounded(self, digits: int = 0) -> Point:
        """Give the point with this many decimal places; it moves by half of the last one at most."""
        return Point.clipped([round(value, digits) for value in self.numbers], self.space)

    def __repr__(self) -> str:
        return f"Point({_listed(self.numbers)}, {self.space!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Box:
    """A rectangle in a picture, not empty and wholly inside; right and bottom are its outer edges.

    Attributes:
        left: from 0.
        top: from 0.
        right: more than ``left``.
        bottom: more than ``top``.
        space: what these are counted in.

    Raises:
        MediaError: a number is not finite, the edges are in the wrong order, or the box reaches out of the picture.
    """

    left: float
    top: float
    right: float
    bottom: float
    space: Space

    def __post_init__(self) -> None:
        _settle(self, "box", _EDGES)
        if self.width < _THIN * self.space.width or self.height < _THIN * self.space.height:
            raise _inverted(self.numbers)

    @classmethod
    def of(cls, values: Any, space: Space) -> Box:
        """Read ``[left, top, right, bottom]``.

        Raises:
            MediaError: it is something else, or see the class.
        """
        left, top, right, bottom = _numbers("box", values, _EDGES)
        return cls(left, top, right, bottom, space)

    @classmethod
    def from_xywh(cls, values: Any, space: Space) -> Box:
        """Read ``[left, top, width, height]``, as COCO writes boxes.

        Raises:
            MediaError: it is something else, or see the class.
        """
        left, top, width, height = _numbers("box", values, ("left", "top", "width", "height"))
        return cls(left, top, left + width, top + height, space)

    @classmethod
    def from_centre(cls, values: Any, space: Space) -> Box:
        """Read ``[centre x, centre y, width, height]``, as YOLO writes boxes (in ``UNIT``).

        Raises:
            MediaError: it is something else, or see the class.
        """
        x, y, width, height = _numbers("box", values, ("centre x", "centre y", "width", "height"))
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2, space)

    @classmethod
    def clipped(cls, values: Any, space: Space) -> Box | None:
        """Read ``[left, top, right, bottom]`` and keep what lies in the picture; None where nothing does.

        Raises:
            MediaError: it is something else, a number is not finite, or the edges are in the wrong order.
        """
        left, top, right, bottom = told = _numbers("box", values, _EDGES)
        if right < left or bottom < top:
            raise _inverted(told)
        across = _within(left, space.width), _within(right, space.width)
        down = _within(top, space.height), _within(bottom, space.height)
        if across[1] - across[0] < _THIN * space.width or down[1] - down[0] < _THIN * space.height:
            return None
        return cls(across[0], down[0], across[1], down[1], space)

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom."""
        return self.left, self.top, self.right, self.bottom

    @property
    def width(self) -> float:
        """Right less left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Bottom less top."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Width by height, in squares of the space."""
        return self.width * self.height

    @property
    def centre(self) -> Point:
        """The middle."""
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2, self.space)

    def to(self, space: Space) -> Box:
        """Give the same rectangle counted in another space; back again it is off by rounding of floats alone."""
        left, top, right, bottom = _scaled(self.numbers, self.space, space)
        return Box(left, top, right, bottom, space)

    def rounded(self, digits: int = 0) -> Box:
        """Give the box with this many decimal places.

        An edge moves by half of the last place at most, or by one where the box would close otherwise.
        """
        left, right = _apart(self.left, self.right, self.space.width, digits)
        top, bottom = _apart(self.top, self.bottom, self.space.height, digits)
        return Box(left, top, right, bottom, self.space)

    def holds(self, point: Point) -> bool:
        """Tell whether a point lies inside or on an edge."""
        x, y = point.to(self.space).numbers
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def __repr__(self) -> str:
        return f"Box({_listed(self.numbers)}, {self.space!r})"


_EDGES = ("left", "top", "right", "bottom")


def _settle(shape: Point | Box, what: str, names: tuple[str, ...]) -> None:
    """Make the numbers floats; refuse what is no number and what lies outside."""
    if not isinstance(shape.space, Space):
        raise MediaError(
            f"a {what} has the space {shape.space!r}, expected Space(width, height) of the picture, UNIT or THOUSAND"
        )
    values = _numbers(what, [getattr(shape, name) for name in names], names)
    limits = (shape.space.width, shape.space.height) * (len(values) // 2)
    for name, value, limit in zip(names, values, limits, strict=True):
        if not -_SLACK * limit <= value <= (1 + _SLACK) * limit:
            raise MediaError(
                f"{what} [{_listed(values)}] reaches out of the picture ({shape.space}): it is counted in another "
                f"space, or use {type(shape).__name__}.clipped"
            )
        object.__setattr__(shape, name, _within(value, limit))


def _numbers(what: str, values: Any, names: Sequence[str]) -> list[float]:
    """Read as many finite numbers as there are names."""
    wanted = f"expected {len(names)} numbers [{', '.join(names)}]"
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not isinstance(values, list | tuple) or len(values) != len(names):
        raise MediaError(f"{what} {str(values)[:80]!r}: {wanted}")
    read = []
    for name, value in zip(names, values, strict=True):
        try:
            number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise MediaError(f"{what}: {name} is {str(value)[:40]!r}, expected a finite number; {wanted}")
        read.append(number)
    return read


def _inverted(numbers: Sequence[float]) -> MediaError:
    return MediaError(
        f"box [{_listed(numbers)}] is empty or inverted, expected left < right and top < bottom in the order "
        "left, top, right, bottom; for left, top, width, height use Box.from_xywh"
    )


def _scaled(numbers: Sequence[float], old: Space, new: Space) -> list[float]:
    sides = ((old.width, new.width), (old.height, new.height)) * (len(numbers) // 2)
    return [_within(value * to / by, to) for value, (by, to) in zip(numbers, sides, strict=True)]


def _within(value: float, limit: float) -> float:
    return min(max(value, 0.0), float(limit))


def _apart(low: float, high: float, limit: int, digits: int) -> tuple[float, float]:
    """Round two edges of one axis so that they stay apart and inside."""
    near, far = round(low, digits), _within(round(high, digits), limit)
    if near < far:
        return near, far
    step = 10.0**-digits
    # The edge that is nearer to its next place moves, unless that place is outside.
    down, up = round(near - step, max(digits, 0)), round(near + step, max(digits, 0))
    if up <= limit and (high - near >= near - low or down < 0):
        return near, up
    return max(down, 0.0), near


def _listed(numbers: Sequence[float]) -> str:
    """Write numbers so that they can be read back exactly, whole ones without a point."""
    return ", ".join(str(int(value)) if float(value).is_integer() else repr(float(value)) for value in numbers)
