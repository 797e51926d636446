"""Angles of triangles: sum, exterior angle, equal sides, bisector."""

from __future__ import annotations

import random

from vision_data.generators.geometry.sketch import Angle, Ask, Maker, Sketch, between, triangle

SUM = "angles of a triangle"


def angle_sum(rng: random.Random) -> Sketch:
    """Two angles of a triangle; the third is asked."""
    a, b = rng.randint(35, 85), rng.randint(35, 80)
    c = 180 - a - b
    return Sketch(
        template="angle_sum",
        points=tuple(zip("ABC", triangle(a, b), strict=True)),
        lines=(("A", "B"), ("B", "C"), ("C", "A")),
        angles=(Angle("B", "A", "C", a), Angle("A", "B", "C", b), Angle("A", "C", "B", c, given=False)),
        ask=Ask("angle", ("A", "C", "B")),
        words="∠ACB",
        answer=c,
        unit="°",
        steps=(f"∠ACB = 180 - {a} - {b} = {c} ({SUM})",),
        slips=(180 - a, 180 - b, a + b, 90 - min(a, b), abs(a - b)),
    )


def exterior(rng: random.Random) -> Sketch:
    """The exterior angle at B from the two remote angles, or a remote angle from the exterior one."""
    a, c = rng.randint(35, 75), rng.randint(35, 75)
    outer = a + c
    one, two, three = triangle(a, 180 - outer)
    backwards = rng.random() < 0.5
    asked = ("A", "C", "B") if backwards else ("C", "B", "D")
    step = f"∠ACB = {outer} - {a} = {c}" if backwards else f"∠CBD = {a} + {c} = {outer}"
    return Sketch(
        template="exterior_back" if backwards else "exterior",
        points=(("A", one), ("B", two), ("C", three), ("D", between(one, two, 1.6))),
        lines=(("A", "D"), ("B", "C"), ("C", "A")),
        angles=(
            Angle("B", "A", "C", a),
            Angle("A", "C", "B", c, given=not backwards),
            Angle("C", "B", "D", outer, given=backwards),
        ),
        facts=("B lies on the line AD",),
        ask=Ask("angle", asked),
        words="∠ACB" if backwards else "∠CBD",
        answer=c if backwards else outer,
        unit="°",
        steps=(f"{step} (exterior angle is the sum of the two remote ones)",),
        slips=(180 - outer, 180 - a, 180 - c, abs(a - c), outer + 10),
    )


def isosceles(rng: random.Random) -> Sketch:
    """AB and AC are equal; a base angle from the apex, or the apex from a base angle."""
    base = rng.randint(36, 74)
    apex = 180 - 2 * base
    b, c, a = triangle(base, base)
    upwards = rng.random() < 0.5
    steps = (
        (f"∠ACB = ∠ABC = {base} (equal sides)", f"∠BAC = 180 - 2 * {base} = {apex} ({SUM})")
        if upwards
        else (f"∠ABC + ∠ACB = 180 - {apex} = {2 * base} ({SUM})", f"∠ABC = {2 * base} / 2 = {base} (equal sides)")
    )
    return Sketch(
        template="isosceles_apex" if upwards else "isosceles_base",
        points=(("A", a), ("B", b), ("C", c)),
        lines=(("A", "B"), ("B", "C"), ("C", "A")),
        angles=(Angle("B", "A", "C", apex, given=not upwards), Angle("A", "B", "C", base, given=upwards)),
        facts=("AB = AC",),
        equal=(("A", "B"), ("A", "C")),
        ask=Ask("angle", ("B", "A", "C") if upwards else ("A", "B", "C")),
        words="∠BAC" if upwards else "∠ABC",
        answer=apex if upwards else base,
        unit="°",
        steps=steps,
        slips=(180 - base, base, 90 - base / 2) if upwards else (180 - apex, apex, 90 - apex, 180 - 2 * apex),
    )


def isosceles_exterior(rng: random.Random) -> Sketch:
    """AB and AC are equal; the exterior angle at C from the apex."""
    base = rng.randint(38, 72)
    apex = 180 - 2 * base
    outer = 180 - base
    b, c, a = triangle(base, base)
    return Sketch(
        template="isosceles_exterior",
        points=(("A", a), ("B", b), ("C", c), ("D", between(b, c, 1.6))),
        lines=(("A", "B"), ("B", "D"), ("C", "A")),
        angles=(Angle("B", "A", "C", apex), Angle("A", "C", "D", outer, given=False)),
        facts=("AB = AC", "C lies on the line BD"),
        equal=(("A", "B"), ("A", "C")),
        ask=Ask("angle", ("A", "C", "D")),
        words="∠ACD",
        answer=outer,
        unit="°",
        steps=(
            f"∠ABC + ∠ACB = 180 - {apex} = {2 * base} ({SUM})",
            f"∠ACB = {2 * base} / 2 = {base} (equal sides)",
            f"∠ACD = 180 - {base} = {outer} (angles on a line)",
        ),
        slips=(base, 180 - apex, 2 * base, 90 + base, apex + 90),
    )


def bisector(rng: random.Random) -> Sketch:
    """AD halves the angle at A; the angle ADB from the angles at B and C."""
    half, b = rng.randint(24, 45), rng.randint(36, 75)
    c = 180 - 2 * half - b
    asked = 180 - half - b
    one, two, three = triangle(2 * half, b)
    # The bisector divides the far side in the ratio of the near ones.
    near, far = 1.0, (three[0] ** 2 + three[1] ** 2) ** 0.5
    return Sketch(
        template="bisector",
        points=(("A", one), ("B", two), ("C", three), ("D", between(two, three, near / (near + far)))),
        lines=(("A", "B"), ("B", "C"), ("C", "A"), ("A", "D")),
        angles=(Angle("A", "B", "C", b), Angle("A", "C", "B", c), Angle("A", "D", "B", asked, given=False)),
        facts=("AD halves the angle BAC", "D lies on BC"),
        ask=Ask("angle", ("A", "D", "B")),
        words="∠ADB",
        answer=asked,
        unit="°",
        steps=(
            f"∠BAC = 180 - {b} - {c} = {2 * half} ({SUM})",
            f"∠BAD = {2 * half} / 2 = {half} (bisector)",
            f"∠ADB = 180 - {half} - {b} = {asked} ({SUM})",
        ),
        slips=(180 - asked, 180 - half - c, 2 * half, 180 - 2 * half, b + c),
    )


def isosceles_chain(rng: random.Random) -> Sketch:
    """AB, AD and DC are equal with D on BC; the angle at C from the angle at B."""
    c = rng.randint(24, 36)
    b = 2 * c
    # Triangle ADC: base angles c at A and C; triangle ABD: base angles 2c at B and D.
    a = 180 - 3 * c
    bb, cc, aa = triangle(b, c)
    return Sketch(
        template="isosceles_chain",
        points=(("A", aa), ("B", bb), ("C", cc), ("D", (2 * aa[0], 0.0))),
        lines=(("A", "B"), ("B", "C"), ("C", "A"), ("A", "D")),
        angles=(Angle("A", "B", "D", b), Angle("A", "C", "D", c, given=False)),
        facts=("AB = AD = DC", "D lies on BC"),
        equal=(("A", "B"), ("A", "D"), ("D", "C")),
        ask=Ask("angle", ("A", "C", "D")),
        words="∠ACD",
        answer=c,
        unit="°",
        steps=(f"∠ADB = ∠ABD = {b} (equal sides)", f"∠ACD = {b} / 2 = {c} (exterior angle of ADC, equal sides)"),
        slips=(b, 180 - 2 * b, 90 - b, a, 180 - b),
    )


TEMPLATES: dict[int, tuple[Maker, ...]] = {
    1: (angle_sum, exterior),
    2: (isosceles, isosceles_chain),
    3: (isosceles_exterior, bisector),
}
