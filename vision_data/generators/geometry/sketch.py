"""What a figure is made of, and what is known and asked about it. Not from a paper."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

Point = tuple[float, float]
"""x to the right, y upwards."""


@dataclass(frozen=True)
class Angle:
    """The angle at `vertex` from `one` to `other` (names of points), below 180 degrees; asked for unless `given`."""

    one: str
    vertex: str
    other: str
    value: float
    given: bool = True

    @property
    def name(self) -> str:
        """As in a text."""
        return f"∠{self.one}{self.vertex}{self.other}"


@dataclass(frozen=True)
class Length:
    """The distance between two points; asked for unless `given`.

    One that is `spoken` stands in the text only: beside its line it could be taken for a part of it.
    """

    one: str
    other: str
    value: float
    given: bool = True
    spoken: bool = False

    @property
    def name(self) -> str:
        """As in a text."""
        return f"{self.one}{self.other}"


@dataclass(frozen=True)
class Ask:
    """What is asked: `angle` (three points), `length` (two), `area` or `perimeter` (a polygon)."""

    kind: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Sketch:
    """A figure and its problem, before it is turned and labelled.

    Attributes:
        template: which problem this is.
        points: where each named point is.
        lines: pairs of points that are joined.
        angles: angles that are given or asked for.
        lengths: lengths that are given or asked for.
        facts: what else is known, in words, such as `AB is parallel to CD`.
        ask: what is asked.
        words: the same in words, such as `the area of ABCD`.
        answer: degrees, or a number in the unit of the lengths.
        unit: what follows the number: a degree sign or nothing.
        steps: the solution, one deduction each.
        slips: wrong results of likely mistakes.
        circles: centre and a point of each circle.
        right: right angles that are marked, each as (one, vertex, other).
        equal: lines that are marked as equally long.
        parallel: lines that are marked as parallel.
        dots: points that are drawn as dots.
        silent: points that bear no name in the figure.
    """

    template: str
    points: tuple[tuple[str, Point], ...]
    lines: tuple[tuple[str, str], ...]
    ask: Ask
    words: str
    answer: float
    unit: str
    steps: tuple[str, ...]
    slips: tuple[float, ...]
    angles: tuple[Angle, ...] = ()
    lengths: tuple[Length, ...] = ()
    facts: tuple[str, ...] = ()
    circles: tuple[tuple[str, str], ...] = ()
    right: tuple[tuple[str, str, str], ...] = ()
    equal: tuple[tuple[str, str], ...] = ()
    parallel: tuple[tuple[str, str], ...] = ()
    dots: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @cached_property
    def at(self) -> dict[str, Point]:
        """Point by name."""
        return dict(self.points)


Maker = Callable[[random.Random], Sketch]
"""A template: draws the numbers of a problem."""


def polar(angle: float, radius: float = 1.0, centre: Point = (0.0, 0.0)) -> Point:
    """The point at `angle` degrees, counted against the clock from the right."""
    turn = math.radians(angle)
    return centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn)


def between(one: Point, other: Point, share: float) -> Point:
    """The point that lies `share` of the way from one to the other."""
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def triangle(a: float, b: float, base: float = 1.0) -> tuple[Point, Point, Point]:
    """A, B, C with these angles (degrees) at A and B, and `base` from A to B."""
    reach = base * math.sin(math.radians(b)) / math.sin(math.radians(a + b))
    return (0.0, 0.0), (base, 0.0), polar(a, reach)


def tidy(value: float) -> float:
    """Two decimals at most, and a whole number as an int."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def number(value: float) -> str:
    """A number as text, without needless decimals."""
    return str(tidy(value))
