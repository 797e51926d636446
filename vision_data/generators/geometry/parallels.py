"""Parallel lines and what crosses them."""

from __future__ import annotations

import math
import random

from vision_data.generators.geometry.sketch import Angle, Ask, Maker, Point, Sketch, between, polar


def _strip(angle: float) -> dict[str, Point]:
    """Two level lines AB (upper) and CD; EF crosses them at G and H under `angle` degrees."""
    g, h = (0.5 / math.tan(math.radians(angle)), 0.5), (-0.5 / math.tan(math.radians(angle)), -0.5)
    return {
        "A": (-1.4, 0.5),
        "B": (1.4, 0.5),
        "C": (-1.4, -0.5),
        "D": (1.4, -0.5),
        "E": between(h, g, 1.5),
        "F": between(g, h, 1.5),
        "G": g,
        "H": h,
    }


_LINES = (("A", "B"), ("C", "D"), ("E", "F"))
_PARALLEL = (("A", "B"), ("C", "D"))
_FACTS = ("AB is parallel to CD", "EF crosses AB at G and CD at H")


def _slope(rng: random.Random) -> int:
    """Degrees under which a line crosses the parallels: neither flat nor upright."""
    return rng.choice([value for value in range(42, 139) if abs(value - 90) >= 8])


def _three(name: str) -> tuple[str, str, str]:
    """The points of an angle written as a word."""
    return name[0], name[1], name[2]


def _crossing(rng: random.Random, template: str, given: str, asked: str, reason: str) -> Sketch:
    angle = _slope(rng)
    return Sketch(
        template=template,
        points=tuple(_strip(angle).items()),
        lines=_LINES,
        angles=(Angle(*_three(given), angle), Angle(*_three(asked), angle, False)),
        facts=_FACTS,
        parallel=_PARALLEL,
        ask=Ask("angle", tuple(asked)),
        words=f"∠{asked}",
        answer=angle,
        unit="°",
        steps=(f"∠{asked} = ∠{given} = {angle} ({reason})",),
        slips=(180 - angle, abs(90 - angle), 90 + min(angle, 80), angle / 2),
    )


def corresponding(rng: random.Random) -> Sketch:
    """Equal angles on the same side of both crossings."""
    return _crossing(rng, "corresponding", "EGB", "GHD", "corresponding angles")


def alternate(rng: random.Random) -> Sketch:
    """Equal angles between the lines on both sides of the crossing line."""
    return _crossing(rng, "alternate", "AGH", "GHD", "alternate angles")


def inner(rng: random.Random) -> Sketch:
    """Angles between the lines on one side sum to 180."""
    angle = _slope(rng)
    answer = 180 - angle
    return Sketch(
        template="inner",
        points=tuple(_strip(angle).items()),
        lines=_LINES,
        angles=(Angle("G", "H", "D", angle), Angle("B", "G", "H", answer, given=False)),
        facts=_FACTS,
        parallel=_PARALLEL,
        ask=Ask("angle", ("B", "G", "H")),
        words="∠BGH",
        answer=answer,
        unit="°",
        steps=(f"∠BGH = 180 - {angle} = {answer} (inner angles on one side)",),
        slips=(angle, abs(90 - angle), 90 + min(angle, 80), answer / 2),
    )


def outer(rng: random.Random) -> Sketch:
    """The angle above one line and its neighbour below the other: two steps."""
    angle = _slope(rng)
    answer = 180 - angle
    return Sketch(
        template="outer",
        points=tuple(_strip(angle).items()),
        lines=_LINES,
        angles=(Angle("E", "G", "B", angle), Angle("G", "H", "C", answer, given=False)),
        facts=_FACTS,
        parallel=_PARALLEL,
        ask=Ask("angle", ("G", "H", "C")),
        words="∠GHC",
        answer=answer,
        unit="°",
        steps=(
            f"∠GHD = ∠EGB = {angle} (corresponding angles)",
            f"∠GHC = 180 - {angle} = {answer} (angles on a line)",
        ),
        slips=(angle, abs(90 - angle), 90 + min(angle, 80), answer / 2),
    )


def zigzag(rng: random.Random) -> Sketch:
    """A bent line between two parallels: the bend is the sum of both ends."""
    a, c = rng.randint(24, 56), rng.randint(24, 56)
    bend = a + c
    back = rng.random() < 0.5
    e: Point = (0.0, 0.0)
    top, low = 0.55, -0.55
    one = (-top / math.tan(math.radians(a)), top)
    two = (low / math.tan(math.radians(c)), low)
    answer = c if back else bend
    last = f"∠ECD = {bend} - {a} = {c}" if back else f"∠AEC = {a} + {c} = {bend}"
    return Sketch(
        template="zigzag_back" if back else "zigzag",
        points=(("A", one), ("B", (0.9, top)), ("C", two), ("D", (0.9, low)), ("E", e)),
        lines=(("A", "B"), ("C", "D"), ("A", "E"), ("E", "C")),
        angles=(
            Angle("B", "A", "E", a),
            Angle("E", "C", "D", c, given=not back),
            Angle("A", "E", "C", bend, given=back),
        ),
        facts=("AB is parallel to CD",),
        parallel=_PARALLEL,
        ask=Ask("angle", ("E", "C", "D") if back else ("A", "E", "C")),
        words="∠ECD" if back else "∠AEC",
        answer=answer,
        unit="°",
        steps=(
            f"a parallel to AB through E leaves {a} on the side of A (alternate angles)",
            f"{last} (alternate angles on the side of C)",
        ),
        slips=(180 - bend, 180 - c, 180 - a, abs(a - c), bend),
    )


def tent(rng: random.Random) -> Sketch:
    """A triangle whose apex lies on a line parallel to its base; the third angle at the apex in two steps."""
    b, c = rng.randint(38, 72), rng.randint(38, 72)
    a = 180 - b - c
    height = math.sin(math.radians(b)) * math.sin(math.radians(c)) / math.sin(math.radians(b + c))
    apex = polar(b, height / math.sin(math.radians(b)))
    points = (
        ("A", apex),
        ("B", (0.0, 0.0)),
        ("C", (1.0, 0.0)),
        ("D", (apex[0] - 0.65, apex[1])),
        ("E", (apex[0] + 0.65, apex[1])),
    )
    return Sketch(
        template="tent",
        points=points,
        lines=(("D", "E"), ("B", "C"), ("A", "B"), ("A", "C")),
        angles=(Angle("D", "A", "B", b), Angle("A", "C", "B", c), Angle("B", "A", "C", a, given=False)),
        facts=("DE is parallel to BC", "A lies on DE"),
        parallel=(("D", "E"), ("B", "C")),
        ask=Ask("angle", ("B", "A", "C")),
        words="∠BAC",
        answer=a,
        unit="°",
        steps=(f"∠CAE = {c} (alternate angles)", f"∠BAC = 180 - {b} - {c} = {a} (angles on a line)"),
        slips=(180 - b, 180 - c, b + c, abs(b - c), 90 - a / 2),
    )


def bisected_crossing(rng: random.Random) -> Sketch:
    """HK halves an angle at the lower crossing; the angle at K on the upper line in three steps."""
    angle = 2 * rng.randint(26, 40)
    half = angle // 2
    # K on AB such that HK makes `half` with CD.
    where = _strip(angle)
    h = where["H"]
    k = (h[0] + 1.0 / math.tan(math.radians(half)), 0.5)
    far = max(1.4, k[0] + 0.4)
    where |= {"K": k, "B": (far, 0.5), "D": (far, -0.5)}
    return Sketch(
        template="bisected_crossing",
        points=tuple(where.items()),
        lines=(*_LINES, ("H", "K")),
        angles=(Angle("E", "G", "B", angle), Angle("B", "K", "H", 180 - half, given=False)),
        facts=(*_FACTS, "HK halves the angle GHD", "K lies on AB"),
        parallel=_PARALLEL,
        ask=Ask("angle", ("B", "K", "H")),
        words="∠BKH",
        answer=180 - half,
        unit="°",
        steps=(
            f"∠GHD = ∠EGB = {angle} (corresponding angles)",
            f"∠KHD = {angle} / 2 = {half} (bisector)",
            f"∠BKH = 180 - {half} = {180 - half} (inner angles on one side)",
        ),
        slips=(half, 180 - angle, angle, 90 + half, 180 - 2 * half + 10),
    )


TEMPLATES: dict[int, tuple[Maker, ...]] = {
    1: (corresponding, alternate, inner),
    2: (outer, zigzag, tent),
    3: (bisected_crossing,),
}
