"""Things of the street and the park, drawn as those in `icons`. Not from a paper."""

from __future__ import annotations

from vision_data.generators.scenes.icons import BRIGHT, INDOOR, Icon, Part

_INK = "#2b2b30"
_GLASS = "#cfeaff"
_METAL = "#8b939c"

CAR = Icon(
    (
        Part("polygon", (22, 48, 36, 24, 68, 24, 82, 48)),
        Part("round", (2, 44, 98, 74), "main", 9),
        Part("polygon", (31, 46, 39, 30, 50, 30, 50, 46), _GLASS),
        Part("polygon", (54, 46, 54, 30, 65, 30, 74, 46), _GLASS),
        Part("rect", (90, 50, 98, 58), "#fff3b0"),
        Part("ellipse", (14, 60, 38, 84), _INK),
        Part("ellipse", (62, 60, 86, 84), _INK),
        Part("ellipse", (21, 67, 31, 77), "#d7dbe0"),
        Part("ellipse", (69, 67, 79, 77), "#d7dbe0"),
    ),
    1.5,
    (*BRIGHT, "white", "black"),
)
BUS = Icon(
    (
        Part("round", (2, 18, 98, 78), "main", 8),
        Part("rect", (8, 26, 24, 46), _GLASS),
        Part("rect", (28, 26, 44, 46), _GLASS),
        Part("rect", (48, 26, 64, 46), _GLASS),
        Part("rect", (70, 26, 94, 50), _GLASS),
        Part("rect", (2, 54, 98, 60), "light"),
        Part("rect", (90, 64, 98, 72), "#fff3b0"),
        Part("ellipse", (14, 66, 34, 86), _INK),
        Part("ellipse", (66, 66, 86, 86), _INK),
        Part("ellipse", (20, 72, 28, 80), "#d7dbe0"),
        Part("ellipse", (72, 72, 80, 80), "#d7dbe0"),
    ),
    1.7,
    ("red", "yellow", "green", "blue", "orange"),
)
BICYCLE = Icon(
    (
        Part("arc", (2, 48, 42, 88, 0, 360), _INK, 6),
        Part("arc", (58, 48, 98, 88, 0, 360), _INK, 6),
        Part("line", (22, 68, 40, 36, 68, 36, 50, 68, 22, 68), "main", 8),
        Part("line", (50, 68, 37, 30), "main", 8),
        Part("line", (78, 68, 66, 24, 78, 20), "main", 8),
        Part("line", (30, 29, 46, 29), _INK, 8),
    ),
    1.3,
)
BENCH = Icon(
    (
        Part("rect", (14, 40, 22, 90), _INK),
        Part("rect", (78, 40, 86, 90), _INK),
        Part("round", (4, 26, 96, 38), "main", 4),
        Part("round", (4, 42, 96, 54), "main", 4),
        Part("round", (0, 62, 100, 74), "dark", 4),
    ),
    1.3,
    ("red", "green", "blue", "brown"),
)
MAILBOX = Icon(
    (
        Part("rect", (44, 56, 56, 98), _METAL),
        Part("round", (18, 14, 82, 62), "main", 16),
        Part("rect", (18, 40, 82, 62)),
        Part("rect", (30, 28, 70, 35), _INK),
        Part("rect", (38, 42, 62, 54), "light"),
    ),
    1.1,
    ("red", "yellow", "blue", "green"),
)
TREE = Icon(
    (
        Part("rect", (43, 60, 57, 99), "#7b4f2c"),
        Part("ellipse", (8, 28, 58, 72)),
        Part("ellipse", (42, 28, 92, 72)),
        Part("ellipse", (22, 2, 78, 56)),
        Part("ellipse", (32, 12, 50, 28), "light"),
    ),
    1.5,
    ("green", "orange", "red"),
)
BIRD = Icon(
    (
        Part("polygon", (26, 52, 0, 40, 6, 66)),
        Part("ellipse", (16, 36, 74, 78)),
        Part("ellipse", (54, 22, 88, 56)),
        Part("polygon", (85, 34, 100, 41, 85, 46), "#ffb52e"),
        Part("ellipse", (70, 30, 79, 39), "#ffffff"),
        Part("ellipse", (73, 32, 78, 38), "#111111"),
        Part("polygon", (30, 52, 60, 52, 40, 70), "dark"),
    ),
    0.95,
    ("red", "yellow", "green", "blue", "purple", "black"),
)
BALLOON = Icon(
    (
        Part("line", (50, 66, 46, 80, 54, 88, 50, 99), _INK, 3),
        Part("ellipse", (20, 0, 80, 66)),
        Part("polygon", (44, 64, 56, 64, 59, 72, 41, 72), "dark"),
        Part("ellipse", (32, 12, 44, 30), "light"),
    ),
    1.1,
)
KITE = Icon(
    (
        Part("line", (50, 66, 42, 76, 52, 86, 44, 98), _INK, 3),
        Part("polygon", (50, 2, 82, 32, 50, 72, 18, 32)),
        Part("polygon", (50, 2, 82, 32, 50, 32), "light"),
        Part("polygon", (50, 72, 18, 32, 50, 32), "dark"),
    ),
    1.1,
)
DUCK = Icon(
    (
        Part("polygon", (8, 46, 2, 62, 30, 74)),
        Part("ellipse", (6, 46, 84, 92)),
        Part("ellipse", (50, 12, 86, 54)),
        Part("polygon", (83, 28, 100, 36, 83, 42), "#f58a1f"),
        Part("ellipse", (66, 22, 75, 31), "#111111"),
        Part("ellipse", (22, 58, 58, 80), "dark"),
    ),
    0.9,
    ("yellow", "white", "brown"),
)
BOAT = Icon(
    (
        Part("line", (48, 6, 48, 66), "#7b4f2c", 6),
        Part("polygon", (52, 8, 52, 58, 88, 58), "#fdf7e6"),
        Part("polygon", (44, 18, 44, 58, 16, 58), "#fdf7e6"),
        Part("polygon", (4, 64, 96, 64, 80, 90, 20, 90)),
    ),
    1.3,
)

OUTDOOR = {
    "car": CAR,
    "bus": BUS,
    "bicycle": BICYCLE,
    "bench": BENCH,
    "mailbox": MAILBOX,
    "tree": TREE,
    "bird": BIRD,
    "balloon": BALLOON,
    "kite": KITE,
    "duck": DUCK,
    "boat": BOAT,
}
ICONS = INDOOR | OUTDOOR
_ODD_PLURALS = {"bus": "buses", "bench": "benches", "mailbox": "mailboxes"}


def plural(kind: str) -> str:
    """`mugs`, `buses`."""
    return _ODD_PLURALS.get(kind, f"{kind}s")
