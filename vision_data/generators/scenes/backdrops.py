"""Walls, furniture, streets and meadows behind the things of a scene. Not from a paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw, ImageOps

from vision_data.generators.scenes.sprites import FINE

LOOKS = 4
"""How many colour schemes each setting has."""

_WALLS = ("#f3e7d0", "#dfeaf0", "#e9e3f0", "#e6efdc")
_FLOORS = ("#c9a57a", "#b9b1a3", "#c4a58c", "#a9b29a")
_WOODS = ("#a8703a", "#8b6a4f", "#b07d4b", "#93714f")
_SKIES = ("#cfe8fb", "#d9eef7", "#c5def5", "#fde3cf")
_GRASSES = ("#a9d18e", "#b5d69b", "#9fcb9a", "#bcd48a")
_PAVES = ("#d6d2ca", "#cfcfd4", "#dcd3c4", "#c9cdc6")

Rect = tuple[float, float, float, float]


class _Brush:
    """Draws in shares of the picture's side."""

    def __init__(self, side: int, ground: str) -> None:
        self.side = side
        self.picture = Image.new("RGB", (side, side), ground)
        self.draw = ImageDraw.Draw(self.picture)

    def _px(self, box: Rect) -> tuple[float, ...]:
        return tuple(value * self.side for value in box)

    def rect(self, box: Rect, fill: str, radius: float = 0) -> None:
        self.draw.rounded_rectangle(self._px(box), radius * self.side, fill)

    def oval(self, box: Rect, fill: str) -> None:
        self.draw.ellipse(self._px(box), fill)

    def line(self, box: Rect, fill: str, width: float) -> None:
        self.draw.line(self._px(box), fill, round(width * self.side))


def _board(brush: _Brush, left: float, right: float, top: float, wood: str) -> None:
    brush.rect((left, top, right, top + 0.03), wood, 0.006)
    brush.line((left, top + 0.027, right, top + 0.027), "#6d4a2c", 0.006)


def _room(brush: _Brush, look: int) -> None:
    wood = _WOODS[look]
    brush.rect((0, 0.75, 1, 1), _FLOORS[look])
    brush.rect((0, 0.735, 1, 0.755), "#fbf7ee")
    for x in (0.2, 0.78):
        brush.rect((x, 0.32, x + 0.025, 0.37), "#6d4a2c")
    _board(brush, 0.02, 0.98, 0.3, wood)
    for x in (0.06, 0.58):
        brush.rect((x, 0.64, x + 0.03, 0.88), "#7c5636")
    _board(brush, 0.02, 0.65, 0.62, wood)
    brush.rect((0.02, 0.65, 0.65, 0.675), "#7c5636")


def _kitchen(brush: _Brush, look: int) -> None:
    wood = _WOODS[look]
    for row in range(4):
        for column in range(8):
            left, top = column / 8, 0.36 + row * 0.062
            brush.rect((left + 0.004, top, left + 0.121, top + 0.055), "#fbfbf8")
    brush.rect((0.05, 0.06, 0.3, 0.31), "#fdfdfb", 0.01)
    brush.rect((0.07, 0.08, 0.28, 0.29), "#bfe3fa")
    brush.line((0.175, 0.08, 0.175, 0.29), "#fdfdfb", 0.014)
    _board(brush, 0.34, 0.97, 0.29, wood)
    brush.rect((0, 0.63, 1, 0.86), wood)
    for x in (0.03, 0.36, 0.69):
        brush.rect((x, 0.655, x + 0.28, 0.835), _FLOORS[look], 0.01)
        brush.oval((x + 0.235, 0.73, x + 0.255, 0.75), "#5b5b5b")
    brush.rect((0, 0.6, 1, 0.635), "#5f6670")
    brush.rect((0, 0.86, 1, 1), "#d9d2c5")


def _street(brush: _Brush, look: int) -> None:
    for at, (left, top, width) in enumerate(
        ((0, 0.44, 0.2), (0.2, 0.41, 0.24), (0.44, 0.45, 0.22), (0.66, 0.42, 0.34))
    ):
        brush.rect((left, top, left + width, 0.62), ("#d9cfc6", "#cfd6dc")[at % 2])
        for row in range(2):
            for column in range(3):
                x, y = left + width * (0.15 + 0.27 * column), top + 0.03 + 0.06 * row
                brush.rect((x, y, x + width * 0.16, y + 0.035), "#eef4f7")
    brush.rect((0, 0.58, 1, 0.74), _PAVES[look])
    brush.rect((0, 0.735, 1, 0.755), "#a5a39d")
    brush.rect((0, 0.755, 1, 1), "#6f7378")
    for at in range(5):
        brush.rect((0.03 + at * 0.21, 0.8, 0.13 + at * 0.21, 0.815), "#f1efe6")


def _park(brush: _Brush, look: int) -> None:
    brush.oval((0.85, 0.03, 0.97, 0.15), "#ffd95a")
    brush.oval((-0.3, 0.42, 0.6, 0.9), "#c3dfb0")
    brush.oval((0.35, 0.44, 1.3, 0.9), "#b6d6a6")
    brush.rect((0, 0.54, 1, 1), _GRASSES[look])
    brush.oval((0.06, 0.77, 0.94, 0.985), "#5b93b8")
    brush.oval((0.07, 0.78, 0.93, 0.98), "#8cc4e6")


_PAINTERS: dict[str, tuple[Callable[[_Brush, int], None], tuple[str, ...]]] = {
    "room": (_room, _WALLS),
    "kitchen": (_kitchen, _WALLS),
    "street": (_street, _SKIES),
    "park": (_park, _SKIES),
}


@lru_cache(maxsize=64)
def backdrop(setting: str, size: int, look: int, flip: bool) -> Image.Image:
    """The empty place, RGB, `size` pixels square; `flip` mirrors it. Copy it before drawing on it."""
    painter, grounds = _PAINTERS[setting]
    brush = _Brush(size * FINE, grounds[look])
    painter(brush, look)
    picture = brush.picture.reduce(FINE)
    return ImageOps.mirror(picture) if flip else picture
