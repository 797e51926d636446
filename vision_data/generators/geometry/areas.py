"""Areas and perimeters of figures with straight sides."""

from __future__ import annotations

import random

from vision_data.generators.geometry.circles import TRIPLES
from vision_data.generators.geometry.sketch import Ask, Length, Maker, Point, Sketch, number

_ROUND = (("A", "B"), ("B", "C"), ("C", "D"), ("D", "A"))


def _box(wide: float, high: float) -> tuple[tuple[str, Point], ...]:
    return (("A", (0.0, 0.0)), ("B", (wide, 0.0)), ("C", (wide, high)), ("D", (0.0, high)))


def rectangle(rng: random.Random) -> Sketch:
    """Area or perimeter of a rectangle."""
    high = rng.randint(3, 11)
    wide = rng.randint(high + 1, min(2 * high + 2, 18))
    around = rng.random() < 0.5
    answer = 2 * (wide + high) if around else wide * high
    what = "perimeter" if around else "area"
    step = f"perimeter = 2 * ({wide} + {high}) = {answer}" if around else f"area = {wide} * {high} = {answer}"
    return Sketch(
        template=f"rectangle_{what}",
        points=_box(wide, high),
        lines=_ROUND,
        right=(("D", "A", "B"),),
        lengths=(Length("A", "B", wide), Length("B", "C", high)),
        facts=("ABCD is a rectangle",),
        ask=Ask(what, ("A", "B", "C", "D")),
        words=f"the {what} of ABCD",
        answer=answer,
        unit="",
        steps=(f"{step} (rectangle)",),
        slips=(wide * high, 2 * (wide + high), wide + high, wide * high / 2, 2 * wide * high),
    )


def parallelogram(rng: random.Random) -> Sketch:
    """Area of a parallelogram from a side and the height on it."""
    shift, high, slope = rng.choice(TRIPLES[:8])
    wide = rng.randint(max(shift + 3, high), 2 * high + 6)
    return Sketch(
        template="parallelogram",
        points=(
            ("A", (0.0, 0.0)),
            ("B", (float(wide), 0.0)),
            ("C", (float(wide + shift), float(high))),
            ("D", (float(shift), float(high))),
            ("H", (float(shift), 0.0)),
        ),
        lines=(*_ROUND, ("D", "H")),
        right=(("B", "H", "D"),),
        lengths=(Length("C", "D", wide), Length("A", "D", slope), Length("D", "H", high)),
        facts=("ABCD is a parallelogram", "DH is at right angles to AB"),
        ask=Ask("area", ("A", "B", "C", "D")),
        words="the area of ABCD",
        answer=wide * high,
        unit="",
        steps=(f"area = {wide} * {high} = {wide * high} (base times height)",),
        slips=(wide * slope, wide * high / 2, 2 * (wide + slope), slope * high),
    )


def rhombus_area(rng: random.Random) -> Sketch:
    """Area of a rhombus from its diagonals."""
    half = rng.randint(3, 9)
    other = rng.randint(half, 2 * half)
    wide, high = 2 * other, 2 * half
    return Sketch(
        template="rhombus_area",
        points=_rhombus(half, other),
        lines=(*_ROUND, ("A", "C"), ("B", "D")),
        silent=("M",),
        lengths=(Length("A", "C", wide, spoken=True), Length("B", "D", high, spoken=True)),
        facts=("ABCD is a rhombus",),
        ask=Ask("area", ("A", "B", "C", "D")),
        words="the area of ABCD",
        answer=wide * high / 2,
        unit="",
        steps=(f"area = {wide} * {high} / 2 = {number(wide * high / 2)} (half the product of the diagonals)",),
        slips=(wide * high, wide * high / 4, 2 * (wide + high), wide + high),
    )


def _rhombus(half: int, other: int) -> tuple[tuple[str, Point], ...]:
    return (
        ("A", (-float(other), 0.0)),
        ("B", (0.0, -float(half))),
        ("C", (float(other), 0.0)),
        ("D", (0.0, float(half))),
        ("M", (0.0, 0.0)),
    )


def rhombus_perimeter(rng: random.Random) -> Sketch:
    """Perimeter of a rhombus from its diagonals."""
    half, other, side = rng.choice(TRIPLES)
    return Sketch(
        template="rhombus_perimeter",
        points=_rhombus(half, other),
        lines=(*_ROUND, ("A", "C"), ("B", "D")),
        right=(("A", "M", "B"),),
        lengths=(Length("A", "M", other), Length("B", "M", half)),
        facts=("ABCD is a rhombus", "its diagonals meet in M"),
        ask=Ask("perimeter", ("A", "B", "C", "D")),
        words="the perimeter of ABCD",
        answer=4 * side,
        unit="",
        steps=(
            f"AB = sqrt({other}^2 + {half}^2) = {side} (Pythagoras, diagonals at right angles)",
            f"perimeter = 4 * {side} = {4 * side} (equal sides)",
        ),
        slips=(2 * (half + other), 4 * (half + other), 2 * side, half * other * 2, 4 * side + 4),
    )


def ell(rng: random.Random) -> Sketch:
    """Area of an L: two rectangles."""
    wide, high = rng.randint(8, 14), rng.randint(7, 12)
    step, rise = rng.randint(3, wide - 4), rng.randint(3, high - 3)
    first, second = wide * rise, step * (high - rise)
    points = (
        ("A", (0.0, 0.0)),
        ("B", (float(wide), 0.0)),
        ("C", (float(wide), float(rise))),
        ("D", (float(step), float(rise))),
        ("E", (float(step), float(high))),
        ("F", (0.0, float(high))),
    )
    return Sketch(
        template="ell",
        points=points,
        lines=(("A", "B"), ("B", "C"), ("C", "D"), ("D", "E"), ("E", "F"), ("F", "A")),
        right=(("F", "A", "B"), ("A", "B", "C"), ("D", "E", "F"), ("E", "F", "A")),
        lengths=(Length("A", "B", wide), Length("B", "C", rise), Length("E", "F", step), Length("D", "E", high - rise)),
        facts=("all sides of ABCDEF meet at right angles",),
        ask=Ask("area", ("A", "B", "C", "D", "E", "F")),
        words="the area of ABCDEF",
        answer=first + second,
        unit="",
        steps=(
            f"lower rectangle = {wide} * {rise} = {first} (area)",
            f"upper rectangle = {step} * {high - rise} = {second} (area)",
            f"area = {first} + {second} = {first + second} (sum)",
        ),
        slips=(wide * high, first, 2 * (wide + high), first + step * high, wide * high - second),
    )


def ell_perimeter(rng: random.Random) -> Sketch:
    """Perimeter of an L from four sides: the two others are sums."""
    made = ell(rng)
    sides = {length.name: int(length.value) for length in made.lengths}
    wide, high = sides["AB"], sides["BC"] + sides["DE"]
    answer = 2 * (wide + high)
    return Sketch(
        template="ell_perimeter",
        points=made.points,
        lines=made.lines,
        right=made.right,
        lengths=made.lengths,
        facts=made.facts,
        ask=Ask("perimeter", made.ask.points),
        words="the perimeter of ABCDEF",
        answer=answer,
        unit="",
        steps=(
            f"AF = {sides['BC']} + {sides['DE']} = {high} (opposite sides)",
            f"perimeter = 2 * ({wide} + {high}) = {answer} (as of the rectangle around it)",
        ),
        slips=(made.answer, sum(sides.values()), answer - 2 * sides["DE"], wide * high, answer + 2),
    )


def trapezium(rng: random.Random) -> Sketch:
    """Area of a trapezium with two right angles, from three sides: height first."""
    step, high, slope = rng.choice(TRIPLES[:8])
    top = rng.randint(3, high + 3)
    low = top + step
    area = (top + low) * high / 2
    return Sketch(
        template="trapezium",
        points=(
            ("A", (0.0, 0.0)),
            ("B", (float(low), 0.0)),
            ("C", (float(top), float(high))),
            ("D", (0.0, float(high))),
        ),
        lines=_ROUND,
        right=(("D", "A", "B"), ("A", "D", "C")),
        lengths=(Length("A", "B", low), Length("B", "C", slope), Length("C", "D", top)),
        facts=("AB is parallel to CD", "∠DAB = 90°"),
        ask=Ask("area", ("A", "B", "C", "D")),
        words="the area of ABCD",
        answer=area,
        unit="",
        steps=(
            f"difference = {low} - {top} = {step} (AB and CD)",
            f"AD = sqrt({slope}^2 - {step}^2) = {high} (Pythagoras)",
            f"area = ({low} + {top}) * {high} / 2 = {number(area)} (mean width times height)",
        ),
        slips=(low * high, top * high, (top + low) * slope / 2, (top + low) * high, low + top + slope + high),
    )


def isosceles_area(rng: random.Random) -> Sketch:
    """Area of a triangle with two equal sides, from its sides: half the base, height, area."""
    half, high, side = rng.choice(TRIPLES)
    if rng.random() < 0.5:
        half, high = high, half
    area = half * high
    return Sketch(
        template="isosceles_area",
        points=(("A", (0.0, float(high))), ("B", (-float(half), 0.0)), ("C", (float(half), 0.0))),
        lines=(("A", "B"), ("B", "C"), ("C", "A")),
        equal=(("A", "B"), ("A", "C")),
        lengths=(Length("A", "B", side), Length("B", "C", 2 * half)),
        facts=("AB = AC",),
        ask=Ask("area", ("A", "B", "C")),
        words="the area of the triangle ABC",
        answer=area,
        unit="",
        steps=(
            f"half of BC = {2 * half} / 2 = {half} (the height halves BC)",
            f"height = sqrt({side}^2 - {half}^2) = {high} (Pythagoras)",
            f"area = {2 * half} * {high} / 2 = {area} (half of base times height)",
        ),
        slips=(2 * area, side * half, 2 * half * side, area / 2, 2 * (side + half)),
    )


TEMPLATES: dict[int, tuple[Maker, ...]] = {
    1: (rectangle, parallelogram, rhombus_area),
    2: (rhombus_perimeter, ell_perimeter),
    3: (ell, trapezium, isosceles_area),
}
