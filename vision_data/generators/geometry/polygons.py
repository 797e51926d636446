"""Angles of polygons, regular and not."""

from __future__ import annotations

import random

from vision_data.generators.geometry.sketch import Angle, Ask, Maker, Point, Sketch, between, polar

_SIDES = (5, 6, 8, 9, 10, 12)
"""Regular polygons whose angles are whole degrees."""


def _ring(count: int) -> dict[str, Point]:
    names = "ABCDEFGHJKLM"[:count]
    return {name: polar(90 + 360 / count * at) for at, name in enumerate(names)}


def _sides(names: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(names, names[1:] + names[0], strict=True))


def _regular(count: int) -> str:
    return f"the polygon is regular and has {count} sides"


def exterior_regular(rng: random.Random) -> Sketch:
    """The exterior angle of a regular polygon."""
    count = rng.choice(_SIDES)
    points = _ring(count)
    names = "".join(points)
    answer = 360 // count
    points["P"] = between(points["A"], points["B"], 1.7)
    return Sketch(
        template="exterior_regular",
        points=tuple(points.items()),
        lines=(*_sides(names), ("B", "P")),
        angles=(Angle("P", "B", "C", answer, given=False),),
        facts=(_regular(count), "B lies on the line AP"),
        silent=tuple(names[3:]),
        ask=Ask("angle", ("P", "B", "C")),
        words="∠PBC",
        answer=answer,
        unit="°",
        steps=(f"∠PBC = 360 / {count} = {answer} (exterior angles sum to 360)",),
        slips=(180 - answer, 180 / count, 90 - answer, answer + 10, 2 * answer),
    )


def _bulge(rng: random.Random, count: int) -> tuple[dict[str, Point], list[int]]:
    """A convex polygon with whole angles between 70 and 150 degrees; the first of them is at A."""
    while True:
        turns = [rng.randint(35, 105) for _ in range(count - 1)]
        turns.append(360 - sum(turns))
        if not 35 <= turns[-1] <= 105:
            continue
        heading, here = 0.0, (0.0, 0.0)
        path: list[Point] = []
        for turn in turns[1:-1]:
            path.append(here)
            here = polar(heading, rng.uniform(0.8, 1.3), here)
            heading += turn
        path.append(here)
        # The two last sides go where they close the outline: ahead along `heading`, then back to the start.
        back = heading + turns[-1]
        closed = _meet(here, heading, (0.0, 0.0), back)
        if closed is not None:
            path.append(closed)
            return dict(zip("ABCDE", path, strict=False)), [180 - turn for turn in turns]


def _meet(one: Point, heading: float, other: Point, back: float) -> Point | None:
    """Where the way ahead from `one` meets the way back to `other`; None when a side would be too short or long."""
    (a, b), (c, d) = polar(heading), polar(back)
    turn = a * d - b * c
    if abs(turn) < 1e-6:
        return None
    x, y = other[0] - one[0], other[1] - one[1]
    ahead, last = (x * d - y * c) / turn, (a * y - b * x) / turn
    if not (0.6 <= ahead <= 1.8 and 0.6 <= last <= 1.8):
        return None
    return one[0] + ahead * a, one[1] + ahead * b


def _missing(rng: random.Random, count: int) -> Sketch:
    points, angles = _bulge(rng, count)
    names = "ABCDE"[:count]
    whole = 180 * (count - 2)
    corners = [
        (names[at - 1], names[at], names[(at + 1) % count], angle)
        for at, angle in zip(range(count), angles, strict=True)
    ]
    asked = count - 1
    answer = angles[asked]
    rest = " - ".join(str(angle) for angle in angles[:asked])
    one, vertex, other, _ = corners[asked]
    word = f"∠{one}{vertex}{other}"
    total = f"angle sum = ({count} - 2) * 180 = {whole} (polygon)"
    last = f"{word} = {whole} - {rest} = {answer} (angle sum)"
    known = sum(angles[:asked])
    return Sketch(
        template=f"missing_{count}",
        points=tuple(points.items()),
        lines=_sides(names),
        angles=tuple(Angle(a, b, c, angle, given=at != asked) for at, (a, b, c, angle) in enumerate(corners)),
        ask=Ask("angle", (one, vertex, other)),
        words=word,
        answer=answer,
        unit="°",
        steps=(last,) if count == 4 else (total, last),
        slips=(180 - answer, answer + 10, answer - 10, abs(whole - 180 - known), known / asked),
    )


def quadrilateral(rng: random.Random) -> Sketch:
    """Three angles of a quadrilateral; the fourth is asked."""
    return _missing(rng, 4)


def pentagon(rng: random.Random) -> Sketch:
    """Four angles of a pentagon; the fifth is asked."""
    return _missing(rng, 5)


def interior_regular(rng: random.Random) -> Sketch:
    """The interior angle of a regular polygon."""
    count = rng.choice(_SIDES)
    points = _ring(count)
    names = "".join(points)
    answer = 180 - 360 // count
    return Sketch(
        template="interior_regular",
        points=tuple(points.items()),
        lines=_sides(names),
        angles=(Angle("A", "B", "C", answer, given=False),),
        facts=(_regular(count),),
        silent=tuple(names[3:]),
        ask=Ask("angle", ("A", "B", "C")),
        words="∠ABC",
        answer=answer,
        unit="°",
        steps=(
            f"angle sum = ({count} - 2) * 180 = {180 * (count - 2)} (polygon)",
            f"∠ABC = {180 * (count - 2)} / {count} = {answer} (equal angles)",
        ),
        slips=(360 // count, 180 - 180 / count, answer - 10, answer + 6, 360 - 2 * answer),
    )


def diagonal_regular(rng: random.Random) -> Sketch:
    """The angle between a side and the shortest diagonal of a regular polygon."""
    count = rng.choice(_SIDES[:3])
    points = _ring(count)
    names = "".join(points)
    inside = 180 - 360 // count
    answer = (180 - inside) / 2
    return Sketch(
        template="diagonal_regular",
        points=tuple(points.items()),
        lines=(*_sides(names), ("A", "C")),
        angles=(Angle("B", "A", "C", answer, given=False),),
        facts=(_regular(count),),
        silent=tuple(names[3:]),
        ask=Ask("angle", ("B", "A", "C")),
        words="∠BAC",
        answer=answer,
        unit="°",
        steps=(
            f"angle sum = ({count} - 2) * 180 = {180 * (count - 2)} (polygon)",
            f"∠ABC = {180 * (count - 2)} / {count} = {inside} (equal angles)",
            f"∠BAC = (180 - {inside}) / 2 = {answer:g} (equal sides)",
        ),
        slips=(180 - inside, inside / 2, 90 - answer, answer + 5, inside),
    )


def star_point(rng: random.Random) -> Sketch:
    """The angle between two diagonals of a regular polygon at one corner."""
    count = rng.choice((5, 6, 8))
    points = _ring(count)
    names = "".join(points)
    inside = 180 - 360 // count
    side = (180 - inside) / 2
    answer = inside - 2 * side
    last = names[-2]
    return Sketch(
        template="star_point",
        points=tuple(points.items()),
        lines=(*_sides(names), ("A", "C"), ("A", last)),
        angles=(Angle("C", "A", last, answer, given=False),),
        facts=(_regular(count),),
        silent=tuple(name for name in names[3:] if name not in (last, names[-1])),
        ask=Ask("angle", ("C", "A", last)),
        words=f"∠CA{last}",
        answer=answer,
        unit="°",
        steps=(
            f"∠ABC = ({count} - 2) * 180 / {count} = {inside} (regular polygon)",
            f"∠BAC = (180 - {inside}) / 2 = {side:g} (equal sides)",
            f"∠CA{last} = {inside} - 2 * {side:g} = {answer:g} (both sides alike)",
        ),
        slips=(side, 2 * side, inside, inside - side, answer + 9),
    )


TEMPLATES: dict[int, tuple[Maker, ...]] = {
    1: (exterior_regular, quadrilateral),
    2: (interior_regular, pentagon),
    3: (diagonal_regular, star_point),
}
