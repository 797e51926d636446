"""Flat geometry in pixels: does a box touch a line, a circle, another box?"""

from __future__ import annotations

import itertools
import math

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Segment = tuple[Point, Point]


def grown(box: Box, pad: float) -> Box:
    """The box, larger by `pad` on each side."""
    return box[0] - pad, box[1] - pad, box[2] + pad, box[3] + pad


def boxes_touch(one: Box, other: Box) -> bool:
    """Whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def segment_touches(segment: Segment, box: Box) -> bool:
    """Whether a piece of the segment is inside the box (Liang and Barsky's clipping)."""
    (x, y), (u, v) = segment
    first, last = 0.0, 1.0
    for move, room in ((x - u, x - box[0]), (u - x, box[2] - x), (y - v, y - box[1]), (v - y, box[3] - y)):
        if move == 0:
            if room < 0:
                return False
        elif move < 0:
            first = max(first, room / move)
        else:
            last = min(last, room / move)
    return first <= last


def circle_touches(centre: Point, radius: float, box: Box) -> bool:
    """Whether the rim of a circle runs through the box."""
    near_x, near_y = min(max(centre[0], box[0]), box[2]), min(max(centre[1], box[1]), box[3])
    far_x = max(abs(box[0] - centre[0]), abs(box[2] - centre[0]))
    far_y = max(abs(box[1] - centre[1]), abs(box[3] - centre[1]))
    return math.hypot(near_x - centre[0], near_y - centre[1]) <= radius <= math.hypot(far_x, far_y)


def distance(point: Point, segment: Segment) -> float:
    """From a point to the nearest point of a segment."""
    (x, y), (u, v) = segment
    length = (u - x) ** 2 + (v - y) ** 2
    along = 0.0 if length == 0 else ((point[0] - x) * (u - x) + (point[1] - y) * (v - y)) / length
    along = min(max(along, 0.0), 1.0)
    return math.hypot(point[0] - x - along * (u - x), point[1] - y - along * (v - y))


def direction(one: Point, other: Point) -> float:
    """Radians from one point to the other, clockwise on the screen from the right."""
    return math.atan2(other[1] - one[1], other[0] - one[0])


def step(point: Point, turn: float, length: float) -> Point:
    """The point `length` away in a direction (radians)."""
    return point[0] + length * math.cos(turn), point[1] + length * math.sin(turn)


def chain(points: list[Point]) -> list[Segment]:
    """The segments between neighbours."""
    return list(itertools.pairwise(points))
