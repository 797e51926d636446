"""Right triangles: Pythagoras, areas, the altitude, two triangles in a row."""

from __future__ import annotations

import math
import random

from vision_data.generators.geometry.circles import TRIPLES
from vision_data.generators.geometry.sketch import Ask, Length, Maker, Sketch, number

_RIGHT = "∠ACB = 90°"
_LINES = (("A", "B"), ("B", "C"), ("C", "A"))


def _legs(rng: random.Random) -> tuple[int, int, int]:
    """BC, AC and AB of a right triangle with whole sides."""
    one, two, far = rng.choice(TRIPLES)
    return (one, two, far) if rng.random() < 0.5 else (two, one, far)


def _corner(a: float, b: float) -> tuple[tuple[str, tuple[float, float]], ...]:
    """A, B, C with the right angle at C, BC = a, AC = b."""
    return (("A", (0.0, b)), ("B", (a, 0.0)), ("C", (0.0, 0.0)))


def hypotenuse(rng: random.Random) -> Sketch:
    """The longest side from both legs."""
    a, b, c = _legs(rng)
    return Sketch(
        template="hypotenuse",
        points=_corner(a, b),
        lines=_LINES,
        right=(("A", "C", "B"),),
        lengths=(Length("B", "C", a), Length("A", "C", b), Length("A", "B", c, given=False)),
        facts=(_RIGHT,),
        ask=Ask("length", ("A", "B")),
        words="AB",
        answer=c,
        unit="",
        steps=(f"AB = sqrt({a}^2 + {b}^2) = {c} (Pythagoras)",),
        slips=(a + b, abs(a - b), c + 1, c - 1, a * b / 2),
    )


def leg(rng: random.Random) -> Sketch:
    """A leg from the longest side and the other leg."""
    a, b, c = _legs(rng)
    return Sketch(
        template="leg",
        points=_corner(a, b),
        lines=_LINES,
        right=(("A", "C", "B"),),
        lengths=(Length("B", "C", a), Length("A", "C", b, given=False), Length("A", "B", c)),
        facts=(_RIGHT,),
        ask=Ask("length", ("A", "C")),
        words="AC",
        answer=b,
        unit="",
        steps=(f"AC = sqrt({c}^2 - {a}^2) = {b} (Pythagoras)",),
        slips=(c - a, c + a, b + 1, b - 1, b + 2),
    )


def area(rng: random.Random) -> Sketch:
    """The area from the longest side and a leg."""
    a, b, c = _legs(rng)
    return Sketch(
        template="right_area",
        points=_corner(a, b),
        lines=_LINES,
        right=(("A", "C", "B"),),
        lengths=(Length("B", "C", a), Length("A", "B", c)),
        facts=(_RIGHT,),
        ask=Ask("area", ("A", "B", "C")),
        words="the area of the triangle ABC",
        answer=a * b / 2,
        unit="",
        steps=(
            f"AC = sqrt({c}^2 - {a}^2) = {b} (Pythagoras)",
            f"area = {a} * {b} / 2 = {number(a * b / 2)} (half of base times height)",
        ),
        slips=(a * b, a * c / 2, a + b + c, b * c / 2),
    )


def median(rng: random.Random) -> Sketch:
    """The line from the right angle to the middle of the longest side is half as long as that side."""
    a, b, c = _legs(rng)
    return Sketch(
        template="median",
        points=(*_corner(a, b), ("M", (a / 2, b / 2))),
        lines=(*_LINES, ("C", "M")),
        right=(("A", "C", "B"),),
        equal=(("A", "M"), ("M", "B")),
        lengths=(Length("B", "C", a), Length("A", "C", b), Length("C", "M", c / 2, given=False)),
        facts=(_RIGHT, "M is the middle of AB"),
        ask=Ask("length", ("C", "M")),
        words="CM",
        answer=c / 2,
        unit="",
        steps=(
            f"AB = sqrt({a}^2 + {b}^2) = {c} (Pythagoras)",
            f"CM = {c} / 2 = {number(c / 2)} (median to the longest side)",
        ),
        slips=(c, (a + b) / 2, a / 2, b / 2, min(a, b)),
    )


def altitude(rng: random.Random) -> Sketch:
    """The height over the longest side from both legs."""
    a, b, c = _legs(rng)
    height = a * b / c
    # H lies where the height from C meets AB.
    foot = (a * b * b / c**2, a * a * b / c**2)
    return Sketch(
        template="altitude",
        points=(*_corner(a, b), ("H", foot)),
        lines=(*_LINES, ("C", "H")),
        right=(("A", "C", "B"), ("A", "H", "C")),
        lengths=(Length("B", "C", a), Length("A", "C", b), Length("C", "H", height, given=False)),
        facts=(_RIGHT, "CH is at right angles to AB"),
        ask=Ask("length", ("C", "H")),
        words="CH, rounded to two decimals",
        answer=round(height, 2),
        unit="",
        steps=(
            f"AB = sqrt({a}^2 + {b}^2) = {c} (Pythagoras)",
            f"area = {a} * {b} / 2 = {number(a * b / 2)} (half of base times height)",
            f"CH = 2 * {number(a * b / 2)} / {c} = {number(round(height, 2))} (area over AB)",
        ),
        slips=(round(height / 2, 2), c / 2, (a + b) / 2, min(a, b), round(height * 2, 2)),
    )


_ROWS = ((3, 4, 12, 13), (9, 12, 8, 17), (12, 16, 21, 29), (6, 8, 24, 26), (12, 16, 15, 25), (12, 9, 20, 25))
"""AB, BC, CD and AD of two right triangles that share AC."""


def _two(rng: random.Random) -> tuple[tuple[int, int, int, int], int, dict[str, tuple[float, float]]]:
    sides = rng.choice(_ROWS)
    one, two, three, _ = sides
    shared = math.isqrt(one**2 + two**2)
    # B at the corner, A above it, C to the right; D leaves C at right angles to CA, away from B.
    points = {"A": (0.0, float(one)), "B": (0.0, 0.0), "C": (float(two), 0.0)}
    points["D"] = (two + three * one / shared, three * two / shared)
    return sides, shared, points


def row(rng: random.Random) -> Sketch:
    """Two right triangles that share a side: Pythagoras twice."""
    (one, two, three, far), shared, points = _two(rng)
    return Sketch(
        template="row",
        points=tuple(points.items()),
        lines=(("A", "B"), ("B", "C"), ("C", "D"), ("D", "A"), ("A", "C")),
        right=(("A", "B", "C"), ("A", "C", "D")),
        lengths=(
            Length("A", "B", one),
            Length("B", "C", two),
            Length("C", "D", three),
            Length("A", "D", far, given=False),
        ),
        facts=("∠ABC = 90°", "∠ACD = 90°"),
        ask=Ask("length", ("A", "D")),
        words="AD",
        answer=far,
        unit="",
        steps=(
            f"AC = sqrt({one}^2 + {two}^2) = {shared} (Pythagoras)",
            f"AD = sqrt({shared}^2 + {three}^2) = {far} (Pythagoras)",
        ),
        slips=(shared, shared + three, one + two + three, far - 1, far + 2),
    )


def row_perimeter(rng: random.Random) -> Sketch:
    """The perimeter around two right triangles that share a side."""
    (one, two, three, far), shared, points = _two(rng)
    whole = one + two + three + far
    return Sketch(
        template="row_perimeter",
        points=tuple(points.items()),
        lines=(("A", "B"), ("B", "C"), ("C", "D"), ("D", "A"), ("A", "C")),
        right=(("A", "B", "C"), ("A", "C", "D")),
        lengths=(Length("A", "B", one), Length("B", "C", two), Length("C", "D", three)),
        facts=("∠ABC = 90°", "∠ACD = 90°"),
        ask=Ask("perimeter", ("A", "B", "C", "D")),
        words="the perimeter of ABCD",
        answer=whole,
        unit="",
        steps=(
            f"AC = sqrt({one}^2 + {two}^2) = {shared} (Pythagoras)",
            f"AD = sqrt({shared}^2 + {three}^2) = {far} (Pythagoras)",
            f"perimeter = {one} + {two} + {three} + {far} = {whole} (sum of the sides)",
        ),
        slips=(whole + shared, whole - far, one + two + three + shared, whole - shared),
    )


TEMPLATES: dict[int, tuple[Maker, ...]] = {
    1: (hypotenuse, leg),
    2: (area, median, row),
    3: (altitude, row_perimeter),
}
