"""Turn a sketch into strokes and labels in pixels, so that no label lies on anything else. Not from a paper."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from PIL import ImageFont

from vision_data.errors import MediaError
from vision_data.generators.geometry import shapes
from vision_data.generators.geometry.shapes import Box, Point, Segment
from vision_data.generators.geometry.sketch import Angle, Sketch, number

_PAD = 2.0
_FILL = 0.035
"""Half the length of ticks and chevrons, and so on, as shares of the picture."""


@dataclass(frozen=True)
class Label:
    """A text and the pixels it covers."""

    text: str
    box: Box


@dataclass
class Layout:
    """All that is drawn, in pixels; `scale` is pixels per unit of length."""

    size: int
    scale: float
    at: dict[str, Point]
    lines: list[Segment] = field(default_factory=list)
    circles: list[tuple[Point, float]] = field(default_factory=list)
    marks: list[list[Point]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def free(self, box: Box) -> bool:
        """Whether a label may stand there."""
        wide = shapes.grown(box, _PAD)
        if wide[0] < 0 or wide[1] < 0 or wide[2] > self.size or wide[3] > self.size:
            return False
        strokes = (*self.lines, *(segment for mark in self.marks for segment in shapes.chain(mark)))
        return not (
            any(shapes.boxes_touch(wide, label.box) for label in self.labels)
            or any(shapes.segment_touches(segment, wide) for segment in strokes)
            or any(shapes.circle_touches(centre, radius, wide) for centre, radius in self.circles)
        )

    def put(self, text: str, places: Iterable[Point]) -> bool:
        """Write a text at the first free place (centre of its box); False when there is none."""
        wide, high = extent(text, font_size(self.size))
        for x, y in places:
            box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            if self.free(box):
                self.labels.append(Label(text, box))
                return True
        return False


def font_size(size: int) -> int:
    """Height of the font for a picture of that side, pixels."""
    return max(11, round(size / 20))


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font.

    Raises:
        MediaError: this Pillow was built without FreeType.
    """
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise MediaError("geometry: needs Pillow with FreeType, this one has none; install the pillow wheel from PyPI")
    return found


@lru_cache(maxsize=512)
def extent(text: str, size: int) -> tuple[float, float]:
    """Width and height of a text, pixels."""
    left, top, right, bottom = font(size).getbbox(text, anchor="lt")
    return float(right - left), float(bottom - top)


def arrange(sketch: Sketch, size: int, turn: float, flip: bool, shown: bool) -> Layout | None:
    """Strokes and labels, or None when a label found no room.

    Args:
        sketch: what to draw.
        size: side of the square picture, pixels.
        turn: degrees by which it is turned.
        flip: whether it is mirrored.
        shown: whether the given numbers stand in the figure; what is asked for has its question mark in any case.
    """
    layout = _fitted(sketch, size, turn, flip)
    _marks(sketch, layout)
    lowest = _arcs(sketch, layout, shown)
    if lowest is None:
        return None
    wanted = [(angle, radius) for angle, radius in lowest if shown or not angle.given]
    for angle, radius in wanted:
        if not layout.put(f"{number(angle.value)}°" if angle.given else "?", _inside(layout, angle, radius)):
            return None
    for length in sketch.lengths:
        ends = (layout.at[length.one], layout.at[length.other])
        text = number(length.value) if length.given else "?"
        if (shown or not length.given) and not length.spoken and not layout.put(text, _beside(layout, ends, text)):
            return None
    for name in layout.at:
        if name not in sketch.silent and not layout.put(name, _around(sketch, layout, name)):
            return None
    return layout


def _fitted(sketch: Sketch, size: int, turn: float, flip: bool) -> Layout:
    """Points, lines and circles, turned and scaled to leave a margin for names."""
    angle = math.radians(turn)
    sign = -1.0 if flip else 1.0
    turned = {
        # Screen rows count downwards.
        name: (
            sign * x * math.cos(angle) - y * math.sin(angle),
            -(sign * x * math.sin(angle) + y * math.cos(angle)),
        )
        for name, (x, y) in sketch.points
    }
    radii = [(turned[c], math.dist(turned[c], turned[rim])) for c, rim in sketch.circles]
    xs = [x for x, _ in turned.values()] + [c[0] + s * r for c, r in radii for s in (-1, 1)]
    ys = [y for _, y in turned.values()] + [c[1] + s * r for c, r in radii for s in (-1, 1)]
    room = size - 2 * (font_size(size) + 5)
    scale = room / max(max(xs) - min(xs), max(ys) - min(ys))
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    at = {
        name: (size / 2 + (x - middle[0]) * scale, size / 2 + (y - middle[1]) * scale)
        for name, (x, y) in turned.items()
    }
    layout = Layout(size, scale, at)
    layout.lines = [(at[one], at[other]) for one, other in sketch.lines]
    layout.circles = [(at[c], math.dist(at[c], at[rim])) for c, rim in sketch.circles]
    return layout


def _marks(sketch: Sketch, layout: Layout) -> None:
    """Squares in right angles, ticks on equal lines, chevrons on parallel ones, dots."""
    half = _FILL * layout.size * 0.6
    for one, vertex, other in sketch.right:
        corner = layout.at[vertex]
        arms = [shapes.direction(corner, layout.at[name]) for name in (one, other)]
        side = min(0.045 * layout.size, 0.3 * min(math.dist(corner, layout.at[name]) for name in (one, other)))
        ends = [shapes.step(corner, arm, side) for arm in arms]
        layout.marks.append([ends[0], shapes.step(ends[0], arms[1], side), ends[1]])
    for one, other in sketch.equal:
        place, along = _clear_spot(layout, one, other, (0.5, 0.4, 0.6, 0.3, 0.7))
        across = along + math.pi / 2
        layout.marks.append([shapes.step(place, across, half), shapes.step(place, across, -half)])
    for one, other in sketch.parallel:
        place, along = _clear_spot(layout, one, other, (0.85, 0.15, 0.5, 0.3, 0.7))
        wings = [shapes.step(place, along + turn, half * 1.2) for turn in (2.5, -2.5)]
        layout.marks.append([wings[0], place, wings[1]])
    for name in sketch.dots:
        spot = layout.at[name]
        layout.marks.append([shapes.step(spot, math.pi / 3 * corner, 1.2) for corner in range(7)])


def _clear_spot(layout: Layout, one: str, other: str, shares: tuple[float, ...]) -> tuple[Point, float]:
    """A place on a line far from all points and other lines, and the direction of the line."""
    start, end = sorted((layout.at[one], layout.at[other]))

    def room(share: float) -> float:
        place = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        others = [line for line in layout.lines if shapes.distance(place, line) > 1.0]
        return min(
            [math.dist(place, point) for point in layout.at.values()]
            + [shapes.distance(place, line) for line in others]
        )

    enough = 0.07 * layout.size
    share = next((share for share in shares if room(share) >= enough), max(shares, key=room))
    place = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    return place, shapes.direction(start, end)


def _opening(layout: Layout, angle: Angle) -> tuple[Point, float, float]:
    """Vertex, direction of the first arm and signed turn to the second one, radians."""
    vertex = layout.at[angle.vertex]
    first, last = (shapes.direction(vertex, layout.at[name]) for name in (angle.one, angle.other))
    sweep = (last - first + math.pi) % (2 * math.pi) - math.pi
    return vertex, first, sweep


def _arcs(sketch: Sketch, layout: Layout, shown: bool) -> list[tuple[Angle, float]] | None:
    """Draw the arc of every angle that is marked; gives each with its radius, None when the arms are too short."""
    drawn: list[tuple[Angle, float]] = []
    for angle in sketch.angles:
        if angle.given and not shown:
            continue
        vertex, first, sweep = _opening(layout, angle)
        before = sum(other.vertex == angle.vertex for other, _ in drawn)
        radius = (0.055 + 0.04 * before + 0.02 * (abs(sweep) < 0.8)) * layout.size
        arm = min(math.dist(vertex, layout.at[name]) for name in (angle.one, angle.other))
        if radius > 0.6 * arm:
            radius = 0.4 * arm
        if radius < 6:
            return None
        layout.marks.append([shapes.step(vertex, first + sweep * at / 24, radius) for at in range(25)])
        drawn.append((angle, radius))
    return drawn


def _inside(layout: Layout, angle: Angle, radius: float) -> list[Point]:
    """Places for the number of an angle: beyond its arc, near the middle of the opening."""
    vertex, first, sweep = _opening(layout, angle)
    height = font_size(layout.size)
    far = [radius + height * (0.5 + 0.15 * at) for at in range(14)]
    shares = (0.5, 0.42, 0.58, 0.34, 0.66)
    return [shapes.step(vertex, first + sweep * share, reach) for reach in far for share in shares]


def _beside(layout: Layout, ends: Segment, text: str) -> list[Point]:
    """Places for the length of a line: close to it, first on the outer side, near its middle."""
    (x, y), (u, v) = ends
    across = shapes.direction(*ends) + math.pi / 2
    wide, high = extent(text, font_size(layout.size))
    clear = abs(math.cos(across)) * wide / 2 + abs(math.sin(across)) * high / 2 + _PAD + 2.5
    middle = ((x + u) / 2, (y + v) / 2)
    outer = max((1, -1), key=lambda sign: math.dist(shapes.step(middle, across, sign), (layout.size / 2,) * 2))
    return [
        shapes.step((x + share * (u - x), y + share * (v - y)), across, sign * (clear + more))
        for more in (0.0, 3.0, 6.0)
        for sign in (outer, -outer)
        for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
    ]


def _around(sketch: Sketch, layout: Layout, name: str) -> list[Point]:
    """Places for the name of a point: near it, first on the side that is away from its neighbours."""
    spot, height = layout.at[name], font_size(layout.size)
    joined = [layout.at[b if a == name else a] for a, b in sketch.lines if name in (a, b)]
    others = joined or [point for other, point in layout.at.items() if other != name]
    pull = [shapes.direction(spot, point) for point in others]
    away = math.atan2(-sum(map(math.sin, pull)), -sum(map(math.cos, pull)))
    turns = [sign * math.pi / 12 * at for at in range(13) for sign in (1, -1)]
    return [shapes.step(spot, away + turn, height * reach) for reach in (0.75, 0.9, 1.1) for turn in turns]
