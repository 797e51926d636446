"""Angles and lengths at circles: inscribed and central angles, diameters, chords, tangents."""

from __future__ import annotations

import math
import random

from vision_data.generators.geometry.sketch import Angle, Ask, Length, Maker, Sketch, polar

TRIPLES = (
    (3, 4, 5),
    (6, 8, 10),
    (5, 12, 13),
    (9, 12, 15),
    (8, 15, 17),
    (12, 16, 20),
    (10, 24, 26),
    (15, 20, 25),
    (20, 21, 29),
    (18, 24, 30),
    (21, 28, 35),
)
"""Whole sides of right triangles."""
_CIRCLE = "A, B and C lie on the circle around O"


def inscribed(rng: random.Random) -> Sketch:
    """The angle at the rim is half the one at the centre; either is given."""
    half = rng.randint(30, 70)
    whole = 2 * half
    back = rng.random() < 0.5
    return Sketch(
        template="inscribed_back" if back else "inscribed",
        points=(
            ("O", (0.0, 0.0)),
            ("A", polar(270 - half)),
            ("B", polar(270 + half)),
            ("C", polar(90 + rng.randint(-30, 30))),
        ),
        lines=(("O", "A"), ("O", "B"), ("C", "A"), ("C", "B")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("A", "O", "B", whole, given=not back), Angle("A", "C", "B", half, given=back)),
        facts=(_CIRCLE,),
        ask=Ask("angle", ("A", "O", "B") if back else ("A", "C", "B")),
        words="∠AOB" if back else "∠ACB",
        answer=whole if back else half,
        unit="°",
        steps=(
            f"∠AOB = 2 * {half} = {whole} (inscribed angle)"
            if back
            else f"∠ACB = {whole} / 2 = {half} (inscribed angle)",
        ),
        slips=(half, 180 - half, 180 - whole, 90 + half) if back else (whole, 180 - whole, 90 - half, 180 - half),
    )


def cyclic(rng: random.Random) -> Sketch:
    """Opposite angles of a quadrilateral on a circle sum to 180."""
    while True:
        cuts = [2 * rng.randint(28, 70) for _ in range(3)]
        # Two right angles would answer themselves.
        if 56 <= 360 - sum(cuts) <= 140 and abs(cuts[1] + cuts[2] - 180) >= 12:
            break
    arcs = [*cuts, 360 - sum(cuts)]
    turns = [sum(arcs[:at]) for at in range(4)]
    a = (arcs[1] + arcs[2]) // 2
    c = 180 - a
    return Sketch(
        template="cyclic",
        points=(("O", (0.0, 0.0)), *((name, polar(turn)) for name, turn in zip("ABCD", turns, strict=True))),
        lines=(("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")),
        circles=(("O", "A"),),
        silent=("O",),
        angles=(Angle("D", "A", "B", a), Angle("B", "C", "D", c, given=False)),
        facts=("A, B, C and D lie on a circle",),
        ask=Ask("angle", ("B", "C", "D")),
        words="∠BCD",
        answer=c,
        unit="°",
        steps=(f"∠BCD = 180 - {a} = {c} (opposite angles on a circle)",),
        slips=(a, abs(90 - a), 90 + min(c, 80), c / 2, a / 2),
    )


def thales(rng: random.Random) -> Sketch:
    """AB is a diameter; one acute angle gives the other."""
    a = rng.choice([value for value in range(25, 66) if value != 45])
    b = 90 - a
    return Sketch(
        template="thales",
        points=(("O", (0.0, 0.0)), ("A", (-1.0, 0.0)), ("B", (1.0, 0.0)), ("C", polar(2 * a))),
        lines=(("A", "B"), ("B", "C"), ("C", "A")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("B", "A", "C", a), Angle("A", "B", "C", b, given=False)),
        facts=(_CIRCLE, "AB is a diameter"),
        ask=Ask("angle", ("A", "B", "C")),
        words="∠ABC",
        answer=b,
        unit="°",
        steps=("∠ACB = 180 / 2 = 90 (angle over a diameter)", f"∠ABC = 180 - 90 - {a} = {b} (angles of a triangle)"),
        slips=(a, 180 - a, 2 * a, 180 - 2 * a, 90 + a),
    )


def chord(rng: random.Random) -> Sketch:
    """OA and OB are radii; the angle at the centre from the one at the chord."""
    base = rng.randint(24, 58)
    centre = 180 - 2 * base
    return Sketch(
        template="chord",
        points=(("O", (0.0, 0.0)), ("A", polar(270 - centre / 2)), ("B", polar(270 + centre / 2))),
        lines=(("O", "A"), ("O", "B"), ("A", "B")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("O", "A", "B", base), Angle("A", "O", "B", centre, given=False)),
        facts=("A and B lie on the circle around O",),
        ask=Ask("angle", ("A", "O", "B")),
        words="∠AOB",
        answer=centre,
        unit="°",
        steps=(
            f"∠OBA = ∠OAB = {base} (equal radii)",
            f"∠AOB = 180 - 2 * {base} = {centre} (angles of a triangle)",
        ),
        slips=(2 * base, 180 - base, 90 - base, base, 90 + base),
    )


def tangent(rng: random.Random) -> Sketch:
    """PA touches the circle at A; the angle at the centre from the one at P."""
    p = rng.choice([value for value in range(24, 53) if value != 45])
    centre = 90 - p
    return Sketch(
        template="tangent",
        points=(("O", (0.0, 0.0)), ("A", polar(centre)), ("P", (1 / math.sin(math.radians(p)), 0.0))),
        lines=(("O", "A"), ("O", "P"), ("A", "P")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("A", "P", "O", p), Angle("A", "O", "P", centre, given=False)),
        facts=("PA touches the circle around O at A",),
        ask=Ask("angle", ("A", "O", "P")),
        words="∠AOP",
        answer=centre,
        unit="°",
        steps=("∠OAP = 180 / 2 = 90 (tangent and radius)", f"∠AOP = 180 - 90 - {p} = {centre} (angles of a triangle)"),
        slips=(p, 180 - p, 2 * p, 180 - 2 * p, 90 + p),
    )


def tangent_length(rng: random.Random) -> Sketch:
    """PA touches the circle; its length from the radius and the distance of P."""
    legs = rng.choice(TRIPLES)
    radius, reach = rng.sample(legs[:2], 2)
    away = legs[2]
    turn = math.degrees(math.acos(radius / away))
    return Sketch(
        template="tangent_length",
        points=(("O", (0.0, 0.0)), ("A", polar(turn, radius)), ("P", (float(away), 0.0))),
        lines=(("O", "A"), ("O", "P"), ("A", "P")),
        circles=(("O", "A"),),
        dots=("O",),
        lengths=(Length("O", "A", radius), Length("O", "P", away), Length("A", "P", reach, given=False)),
        facts=("PA touches the circle around O at A",),
        ask=Ask("length", ("A", "P")),
        words="AP",
        answer=reach,
        unit="",
        steps=(
            "∠OAP = 180 / 2 = 90 (tangent and radius)",
            f"AP = sqrt({away}^2 - {radius}^2) = {reach} (Pythagoras)",
        ),
        slips=(away - radius, away + radius, away, radius, (away + radius) / 2),
    )


def chord_inscribed(rng: random.Random) -> Sketch:
    """The angle at the rim from the one between a radius and the chord."""
    base = rng.randint(22, 55)
    half = 90 - base
    return Sketch(
        template="chord_inscribed",
        points=(
            ("O", (0.0, 0.0)),
            ("A", polar(270 - half)),
            ("B", polar(270 + half)),
            ("C", polar(90 + rng.randint(-25, 25))),
        ),
        lines=(("O", "A"), ("O", "B"), ("A", "B"), ("C", "A"), ("C", "B")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("O", "B", "A", base), Angle("A", "C", "B", half, given=False)),
        facts=(_CIRCLE,),
        ask=Ask("angle", ("A", "C", "B")),
        words="∠ACB",
        answer=half,
        unit="°",
        steps=(
            f"∠OAB = ∠OBA = {base} (equal radii)",
            f"∠AOB = 180 - 2 * {base} = {2 * half} (angles of a triangle)",
            f"∠ACB = {2 * half} / 2 = {half} (inscribed angle)",
        ),
        slips=(2 * half, base, 180 - base, 2 * base, base / 2),
    )


def two_tangents(rng: random.Random) -> Sketch:
    """PA and PB touch the circle; the angle over AB at the rim from the one at P."""
    p = 2 * rng.randint(26, 45)
    half = 90 - p // 2
    away = 1 / math.cos(math.radians(half))
    return Sketch(
        template="two_tangents",
        points=(
            ("O", (0.0, 0.0)),
            ("A", polar(270 - half)),
            ("B", polar(270 + half)),
            ("C", polar(90 + rng.randint(-25, 25))),
            ("P", (0.0, -away)),
        ),
        lines=(("P", "A"), ("P", "B"), ("C", "A"), ("C", "B"), ("O", "A"), ("O", "B")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("A", "P", "B", p), Angle("A", "C", "B", half, given=False)),
        facts=(_CIRCLE, "PA and PB touch it at A and B"),
        ask=Ask("angle", ("A", "C", "B")),
        words="∠ACB",
        answer=half,
        unit="°",
        steps=(
            "∠OAP + ∠OBP = 90 + 90 = 180 (tangent and radius)",
            f"∠AOB = 360 - 180 - {p} = {2 * half} (angles of OAPB)",
            f"∠ACB = {2 * half} / 2 = {half} (inscribed angle)",
        ),
        slips=(2 * half, p, p // 2, 180 - half, 180 - 2 * half + 10),
    )


def tangent_far(rng: random.Random) -> Sketch:
    """PA touches the circle and PO meets it again at B; the angle at B from the one at P."""
    p = 2 * rng.randint(12, 24)
    centre = 90 - p
    return Sketch(
        template="tangent_far",
        points=(
            ("O", (0.0, 0.0)),
            ("A", polar(centre)),
            ("B", (-1.0, 0.0)),
            ("P", (1 / math.sin(math.radians(p)), 0.0)),
        ),
        lines=(("P", "B"), ("O", "A"), ("A", "P"), ("A", "B")),
        circles=(("O", "A"),),
        dots=("O",),
        angles=(Angle("A", "P", "O", p), Angle("A", "B", "O", centre // 2, given=False)),
        facts=("PA touches the circle around O at A", "B lies on the circle and on the line PO"),
        ask=Ask("angle", ("A", "B", "O")),
        words="∠ABO",
        answer=centre // 2,
        unit="°",
        steps=(
            "∠OAP = 180 / 2 = 90 (tangent and radius)",
            f"∠AOP = 180 - 90 - {p} = {centre} (angles of a triangle)",
            f"∠ABO = {centre} / 2 = {centre // 2} (inscribed angle)",
        ),
        slips=(centre, p, p / 2, 90 - centre / 2, 90 - p / 2),
    )


TEMPLATES: dict[int, tuple[Maker, ...]] = {
    1: (inscribed, cyclic),
    2: (thales, chord, tangent, tangent_length),
    3: (chord_inscribed, two_tangents, tangent_far),
}
