"""Pictures of stations and foods, drawn in units of a tile. Not from a paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import ImageDraw

Colour = tuple[int, int, int]
_INK = (40, 40, 46)


@dataclass(frozen=True)
class Pen:
    """Draws around (x, y) of a canvas with `unit` pixels to the unit."""

    draw: ImageDraw.ImageDraw
    x: float
    y: float
    unit: float

    def at(self, x: float, y: float, scale: float = 1.0) -> Pen:
        """A pen around another point, with another unit."""
        return Pen(self.draw, self.x + x * self.unit, self.y + y * self.unit, self.unit * scale)

    def _spot(self, x: float, y: float) -> tuple[float, float]:
        return self.x + x * self.unit, self.y + y * self.unit

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour, round_: float = 0.0) -> None:
        """A filled box, with round corners if asked for."""
        corners = (*self._spot(left, top), *self._spot(right, bottom))
        self.draw.rounded_rectangle(corners, round_ * self.unit, fill=fill)

    def oval(self, x: float, y: float, across: float, down: float, fill: Colour, edge: Colour | None = None) -> None:
        """A filled ellipse with these half-axes."""
        corners = (*self._spot(x - across, y - down), *self._spot(x + across, y + down))
        self.draw.ellipse(corners, fill=fill, outline=edge, width=max(1, round(0.05 * self.unit)))

    def shape(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon([self._spot(x, y) for x, y in points], fill=fill)

    def line(self, points: Sequence[tuple[float, float]], fill: Colour, width: float) -> None:
        """A line through points."""
        thick = max(1, round(width * self.unit))
        self.draw.line([self._spot(x, y) for x, y in points], fill=fill, width=thick, joint="curve")


def _fridge(pen: Pen) -> None:
    pen.box(-0.44, -0.46, 0.44, 0.46, (120, 140, 160), 0.08)
    pen.box(-0.39, -0.41, 0.39, -0.12, (226, 238, 248), 0.05)
    pen.box(-0.39, -0.06, 0.39, 0.41, (226, 238, 248), 0.05)
    for top, bottom in ((-0.33, -0.2), (0.02, 0.2)):
        pen.box(-0.32, top, -0.24, bottom, _INK)
    for turn in range(3):
        x, y = 0.15 * math.cos(turn * math.pi / 3), 0.15 * math.sin(turn * math.pi / 3)
        pen.line([(0.1 - x, 0.18 - y), (0.1 + x, 0.18 + y)], (40, 110, 220), 0.05)


def _shelf(pen: Pen) -> None:
    pen.box(-0.45, -0.45, 0.45, 0.45, (110, 70, 36), 0.04)
    pen.box(-0.38, -0.38, 0.38, -0.04, (236, 216, 184))
    pen.box(-0.38, 0.06, 0.38, 0.38, (236, 216, 184))
    jars = (((200, 50, 40), (60, 140, 60), (60, 90, 190)), ((224, 160, 30), (140, 70, 160), (40, 150, 150)))
    for row, colours in enumerate(jars):
        for at, colour in enumerate(colours):
            pen.box(-0.31 + 0.23 * at, -0.3 + 0.43 * row, -0.15 + 0.23 * at, -0.04 + 0.42 * row, colour, 0.03)


def _sink(pen: Pen) -> None:
    pen.box(-0.45, -0.45, 0.45, 0.45, (208, 214, 220), 0.08)
    pen.box(-0.35, -0.2, 0.35, 0.37, (92, 104, 116), 0.12)
    pen.box(-0.29, -0.14, 0.29, 0.31, (70, 160, 236), 0.1)
    pen.line([(0, -0.4), (0, 0.02)], (60, 66, 74), 0.1)
    for x in (-0.2, 0.2):
        pen.oval(x, -0.33, 0.06, 0.06, (60, 66, 74))


def _board(pen: Pen) -> None:
    pen.box(-0.44, -0.36, 0.44, 0.4, (196, 140, 76), 0.08)
    pen.box(-0.39, -0.31, 0.39, 0.35, (238, 198, 138), 0.06)
    pen.shape([(-0.3, 0.22), (0.1, -0.18), (0.18, -0.02), (-0.26, 0.27)], (150, 160, 170))
    pen.line([(0.1, -0.08), (0.3, -0.28)], (60, 36, 24), 0.12)


def _stove(pen: Pen) -> None:
    pen.box(-0.45, -0.45, 0.45, 0.45, (66, 68, 74), 0.06)
    for x in (-0.21, 0.21):
        for y in (-0.21, 0.21):
            pen.oval(x, y, 0.17, 0.17, (20, 20, 22))
            pen.oval(x, y, 0.12, 0.12, (232, 90, 30))
            pen.oval(x, y, 0.06, 0.06, (20, 20, 22))


def _oven(pen: Pen) -> None:
    pen.box(-0.45, -0.45, 0.45, 0.45, (128, 34, 34), 0.06)
    for x in (-0.26, 0.0, 0.26):
        pen.oval(x, -0.31, 0.07, 0.07, (244, 236, 220))
    pen.box(-0.35, -0.16, 0.35, 0.36, (30, 20, 20), 0.05)
    pen.box(-0.28, -0.09, 0.28, 0.29, (255, 176, 46), 0.03)
    pen.line([(-0.28, 0.1), (0.28, 0.1)], (150, 70, 20), 0.04)


STATION_ICONS: dict[str, Callable[[Pen], None]] = {
    "fridge": _fridge,
    "shelf": _shelf,
    "sink": _sink,
    "board": _board,
    "stove": _stove,
    "oven": _oven,
}


def _leaves(pen: Pen, y: float) -> None:
    for x in (-0.35, 0.0, 0.35):
        pen.line([(0, y + 0.2), (x, y - 0.2)], (40, 140, 50), 0.16)


def _tomato(pen: Pen) -> None:
    pen.oval(0, 0.1, 0.85, 0.8, (220, 40, 36))
    _leaves(pen, -0.6)


def _cucumber(pen: Pen) -> None:
    pen.line([(-0.62, 0.62), (0.62, -0.62)], (26, 104, 44), 0.62)
    for x in (-0.62, 0.62):
        pen.oval(x, -x, 0.31, 0.31, (26, 104, 44))
    pen.line([(-0.6, 0.6), (0.6, -0.6)], (110, 180, 90), 0.16)


def _carrot(pen: Pen) -> None:
    pen.shape([(-0.5, -0.45), (0.5, -0.45), (0, 1.0)], (244, 130, 24))
    pen.oval(0, -0.42, 0.5, 0.2, (244, 130, 24))
    _leaves(pen, -0.75)


def _egg(pen: Pen) -> None:
    pen.oval(0, 0, 0.7, 0.92, (150, 104, 70))
    pen.oval(0, 0, 0.58, 0.8, (246, 214, 178))


def _potato(pen: Pen) -> None:
    pen.oval(0, 0, 0.92, 0.68, (164, 116, 62))
    for x, y in ((-0.4, -0.2), (0.1, 0.25), (0.45, -0.15)):
        pen.oval(x, y, 0.1, 0.1, (100, 66, 32))


def _fish(pen: Pen) -> None:
    pen.shape([(0.3, 0), (0.98, -0.55), (0.98, 0.55)], (70, 120, 170))
    pen.oval(-0.2, 0, 0.76, 0.5, (110, 164, 214))
    pen.oval(-0.6, -0.1, 0.11, 0.11, _INK)


def _lemon(pen: Pen) -> None:
    pen.shape([(-1.0, 0), (0, -0.5), (1.0, 0), (0, 0.5)], (240, 208, 20))
    pen.oval(0, 0, 0.78, 0.62, (250, 222, 40))


def _apple(pen: Pen) -> None:
    for x in (-0.3, 0.3):
        pen.oval(x, 0.15, 0.55, 0.72, (130, 196, 40))
    pen.line([(0, -0.35), (0.1, -0.9)], (96, 60, 30), 0.16)
    pen.oval(0.38, -0.72, 0.3, 0.15, (40, 130, 50))


def _bread(pen: Pen) -> None:
    pen.box(-0.85, -0.55, 0.85, 0.65, (164, 100, 44), 0.35)
    pen.box(-0.68, -0.38, 0.68, 0.5, (238, 202, 146), 0.25)


def _corn(pen: Pen) -> None:
    pen.oval(0, -0.1, 0.42, 0.88, (252, 204, 30))
    for y in (-0.5, -0.2, 0.1):
        pen.line([(-0.3, y), (0.3, y)], (206, 150, 10), 0.08)
    pen.shape([(-0.7, -0.05), (0, 1.0), (0.7, -0.05), (0.25, 0.4), (-0.25, 0.4)], (80, 150, 60))


def _mushroom(pen: Pen) -> None:
    pen.box(-0.26, 0.0, 0.26, 0.85, (240, 228, 206), 0.12)
    pen.shape([(-0.9, 0.15), (-0.72, -0.4), (-0.3, -0.75), (0.3, -0.75), (0.72, -0.4), (0.9, 0.15)], (130, 92, 74))


def _cheese(pen: Pen) -> None:
    pen.shape([(-0.9, 0.1), (0.55, -0.7), (0.9, 0.1)], (255, 226, 110))
    pen.box(-0.9, 0.1, 0.9, 0.65, (240, 186, 40))
    for x, y in ((-0.45, 0.38), (0.2, 0.3), (0.6, 0.48)):
        pen.oval(x, y, 0.13, 0.13, (190, 130, 10))


FOOD_ICONS: dict[str, Callable[[Pen], None]] = {
    "tomato": _tomato,
    "cucumber": _cucumber,
    "carrot": _carrot,
    "egg": _egg,
    "potato": _potato,
    "fish": _fish,
    "lemon": _lemon,
    "apple": _apple,
    "bread": _bread,
    "corn": _corn,
    "mushroom": _mushroom,
    "cheese": _cheese,
}
