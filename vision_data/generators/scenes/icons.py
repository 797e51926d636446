"""Everyday things as flat drawings on a square of 100 units. Not from a paper.

A drawing is a list of parts, painted in order. `main` is the colour that the thing is named by; `dark` and `light` are
shades of it; everything else is a fixed colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

COLOURS = {
    "red": "#dc2f2f",
    "orange": "#f58a1f",
    "yellow": "#f7d22d",
    "green": "#2f9e44",
    "blue": "#2f6bde",
    "purple": "#8e44c4",
    "brown": "#8a5a33",
    "white": "#fafafa",
    "grey": "#9aa3ad",
    "black": "#3b3b40",
}
BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple")

Shape = Literal["ellipse", "rect", "round", "polygon", "line", "arc", "pie"]


@dataclass(frozen=True)
class Part:
    """One stroke of the brush.

    Attributes:
        shape: ellipse, rect, round (a rectangle with round corners), polygon, line, arc or pie.
        points: left, top, right, bottom (then start and end in degrees for arc and pie), or x and y of every corner.
        fill: main, dark, light, or a colour as `#rrggbb`.
        width: of a line or an arc; radius of the corners of `round`; 0 else.
    """

    shape: Shape
    points: tuple[float, ...]
    fill: str = "main"
    width: float = 0


@dataclass(frozen=True)
class Icon:
    """A drawing, its size against the others, and the colours it comes in."""

    parts: tuple[Part, ...]
    scale: float = 1.0
    colours: tuple[str, ...] = BRIGHT


_INK = "#2b2b30"
_WOOD = "#9b6b3f"
_LEAF = "#3f9b4b"
_METAL = "#8b939c"

MUG = Icon(
    (
        Part("arc", (52, 34, 92, 74, 250, 470), "dark", 10),
        Part("round", (12, 22, 70, 90), "main", 10),
        Part("ellipse", (12, 14, 70, 34), "light"),
        Part("ellipse", (18, 18, 64, 31), "#6b3f22"),
        Part("rect", (20, 44, 26, 78), "light"),
    ),
    0.9,
    (*BRIGHT, "white"),
)
BOOK = Icon(
    (
        Part("round", (20, 8, 80, 92), "main", 6),
        Part("rect", (28, 80, 80, 88), "#fdf7e6"),
        Part("rect", (20, 12, 30, 88), "dark"),
        Part("rect", (40, 24, 70, 32), "light"),
        Part("rect", (40, 40, 62, 46), "light"),
    ),
    1.0,
    (*BRIGHT, "black"),
)
FLOWER = Icon(
    (
        Part("line", (50, 36, 50, 66), _LEAF, 6),
        Part("polygon", (50, 62, 26, 56, 20, 42, 44, 50), _LEAF),
        Part("polygon", (50, 62, 74, 56, 80, 42, 56, 50), _LEAF),
        Part("ellipse", (38, 0, 62, 26)),
        Part("ellipse", (24, 10, 48, 36)),
        Part("ellipse", (52, 10, 76, 36)),
        Part("ellipse", (30, 24, 54, 48)),
        Part("ellipse", (46, 24, 70, 48)),
        Part("ellipse", (41, 17, 59, 35), "#fff3b0"),
        Part("polygon", (30, 68, 70, 68, 64, 98, 36, 98), "#b5653a"),
        Part("rect", (26, 62, 74, 73), "#c97a4b"),
    ),
    1.1,
    ("red", "orange", "yellow", "blue", "purple", "white"),
)
LAMP = Icon(
    (
        Part("rect", (46, 46, 54, 88), _METAL),
        Part("polygon", (32, 6, 68, 6, 88, 50, 12, 50)),
        Part("polygon", (40, 6, 48, 6, 40, 50, 24, 50), "light"),
        Part("round", (26, 86, 74, 97), _METAL, 5),
    ),
    1.15,
)
CLOCK = Icon(
    (
        Part("line", (26, 82, 18, 96), "dark", 9),
        Part("line", (74, 82, 82, 96), "dark", 9),
        Part("ellipse", (6, 4, 94, 92)),
        Part("ellipse", (18, 16, 82, 80), "#ffffff"),
        Part("line", (50, 48, 50, 24), _INK, 6),
        Part("line", (50, 48, 68, 56), _INK, 6),
        Part("ellipse", (45, 43, 55, 53), _INK),
    ),
    0.9,
)
CAT = Icon(
    (
        Part("arc", (56, 50, 98, 96, 280, 450), "main", 10),
        Part("ellipse", (24, 42, 78, 98)),
        Part("ellipse", (36, 60, 66, 98), "light"),
        Part("polygon", (22, 36, 20, 4, 44, 18)),
        Part("polygon", (78, 36, 80, 4, 56, 18)),
        Part("ellipse", (18, 12, 82, 58)),
        Part("ellipse", (32, 26, 42, 40), "#ffffff"),
        Part("ellipse", (58, 26, 68, 40), "#ffffff"),
        Part("ellipse", (35, 29, 41, 39), "#111111"),
        Part("ellipse", (59, 29, 65, 39), "#111111"),
        Part("polygon", (45, 42, 55, 42, 50, 48), "#ff9aa8"),
    ),
    1.15,
    ("orange", "grey", "white", "black"),
)
DOG = Icon(
    (
        Part("line", (10, 44, 2, 24), "main", 8),
        Part("round", (8, 40, 66, 72), "main", 14),
        Part("rect", (12, 62, 22, 96)),
        Part("rect", (26, 62, 35, 96), "dark"),
        Part("rect", (44, 62, 53, 96), "dark"),
        Part("rect", (55, 56, 65, 96)),
        Part("round", (50, 14, 86, 54), "main", 14),
        Part("round", (72, 32, 99, 52), "light", 8),
        Part("ellipse", (90, 30, 100, 40), "#111111"),
        Part("ellipse", (68, 22, 77, 32), "#ffffff"),
        Part("ellipse", (70, 24, 76, 31), "#111111"),
        Part("ellipse", (46, 14, 62, 50), "dark"),
        Part("rect", (52, 50, 68, 56), "#d0342c"),
    ),
    1.2,
    ("brown", "white", "black", "orange"),
)
BALL = Icon(
    (
        Part("ellipse", (8, 8, 92, 92)),
        Part("pie", (8, 8, 92, 92, 200, 250), "#ffffff"),
        Part("pie", (8, 8, 92, 92, 320, 370), "#ffffff"),
        Part("pie", (8, 8, 92, 92, 80, 130), "#ffffff"),
        Part("ellipse", (42, 42, 58, 58), "light"),
    ),
    0.85,
)
VASE = Icon(
    (
        Part("rect", (36, 8, 64, 34)),
        Part("ellipse", (18, 26, 82, 92)),
        Part("round", (28, 4, 72, 14), "dark", 4),
        Part("rect", (34, 86, 66, 96), "dark"),
        Part("line", (20, 52, 35, 62, 50, 52, 65, 62, 80, 52), "light", 7),
    ),
    1.0,
)
APPLE = Icon(
    (
        Part("line", (50, 26, 56, 6), "#6b4423", 7),
        Part("ellipse", (10, 20, 60, 90)),
        Part("ellipse", (40, 20, 90, 90)),
        Part("polygon", (56, 16, 70, 4, 86, 8, 74, 20), _LEAF),
        Part("ellipse", (20, 32, 34, 50), "light"),
    ),
    0.75,
    ("red", "green", "yellow"),
)
BOTTLE = Icon(
    (
        Part("rect", (40, 12, 60, 40)),
        Part("round", (28, 32, 72, 96), "main", 12),
        Part("rect", (38, 2, 62, 14), _INK),
        Part("rect", (28, 54, 72, 78), "#fdf7e6"),
        Part("rect", (34, 62, 66, 70), "dark"),
    ),
    1.15,
    ("green", "blue", "red", "orange", "purple"),
)
GIFT = Icon(
    (
        Part("ellipse", (22, 4, 50, 28), "#fff3b0"),
        Part("ellipse", (50, 4, 78, 28), "#fff3b0"),
        Part("rect", (14, 36, 86, 94)),
        Part("rect", (8, 24, 92, 42), "dark"),
        Part("rect", (43, 24, 57, 94), "#fff3b0"),
    ),
    0.95,
    ("red", "green", "blue", "purple", "orange"),
)
UMBRELLA = Icon(
    (
        Part("line", (50, 46, 50, 84), _WOOD, 6),
        Part("arc", (50, 74, 70, 96, 0, 180), _WOOD, 6),
        Part("pie", (4, 10, 96, 96, 180, 360)),
        Part("pie", (36, 10, 64, 96, 180, 360), "light"),
        Part("line", (50, 4, 50, 14), _WOOD, 6),
    ),
    1.1,
)

INDOOR = {
    "mug": MUG,
    "book": BOOK,
    "flower": FLOWER,
    "lamp": LAMP,
    "clock": CLOCK,
    "cat": CAT,
    "dog": DOG,
    "ball": BALL,
    "vase": VASE,
    "apple": APPLE,
    "bottle": BOTTLE,
    "gift": GIFT,
    "umbrella": UMBRELLA,
}
