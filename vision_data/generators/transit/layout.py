"""Where station names go on the larger maps, so that no two overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from vision_data.generators.transit.spec import Level, Node

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

FONT_SIZE = 13
RADIUS = 8
CHAR_WIDTH = 8.0  # wider than almost every letter at this size: placement must not depend on the font's metrics
HEIGHT = 15.0
GAP = 4.0


def centre(node: Node, level: Level) -> tuple[float, float]:
    """Pixel centre of a lattice node."""
    return (node[0] + 0.5) * level.cell, (node[1] + 0.5) * level.cell


def _candidates(x: float, y: float, width: float) -> list[Box]:
    """Right, left, below, above, then the four corners of a station."""
    out = RADIUS + GAP
    corner = RADIUS * 0.7 + 1
    spots = [
        (x + out, y - HEIGHT / 2),
        (x - out - width, y - HEIGHT / 2),
        (x - width / 2, y + out),
        (x - width / 2, y - out - HEIGHT),
        (x + corner, y + corner),
        (x + corner, y - corner - HEIGHT),
        (x - corner - width, y + corner),
        (x - corner - width, y - corner - HEIGHT),
    ]
    return [(left, top, left + width, top + HEIGHT) for left, top in spots]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(box: Box, level: Level) -> bool:
    return box[0] >= 2 and box[1] >= 2 and box[2] <= level.canvas - 2 and box[3] <= level.rows * level.cell


def _track_boxes(paths: Sequence[Sequence[Node]], level: Level) -> list[Box]:
    """Small squares along every track: a label on one of them would be struck through."""
    boxes = []
    for path in paths:
        for start, end in pairwise(path):
            (x0, y0), (x1, y1) = centre(start, level), centre(end, level)
            for step in range(9):
                x, y = x0 + (x1 - x0) * step / 8, y0 + (y1 - y0) * step / 8
                boxes.append((x - 4, y - 4, x + 4, y + 4))
    return boxes


def place_labels(positions: Mapping[str, Node], paths: Sequence[Sequence[Node]], level: Level) -> dict[str, Box] | None:
    """A box per station that touches no disc and no other label, on as little track as possible; None if one fails."""
    discs = []
    for node in positions.values():
        x, y = centre(node, level)
        discs.append((x - RADIUS - 1, y - RADIUS - 1, x + RADIUS + 1, y + RADIUS + 1))
    tracks = _track_boxes(paths, level)
    placed: dict[str, Box] = {}
    for name, node in positions.items():
        best: tuple[int, Box] | None = None
        for box in _candidates(*centre(node, level), CHAR_WIDTH * len(name)):
            if not _inside(box, level) or any(_overlap(box, other) for other in [*placed.values(), *discs]):
                continue
            struck = sum(_overlap(box, track) for track in tracks)
            if best is None or struck < best[0]:
                best = (struck, box)
        if best is None:
            return None
        placed[name] = best[1]
    return placed
