"""White signs for app icons and buttons on a square of 100 units. Not from a paper."""

from __future__ import annotations

from vision_data.generators.scenes.icons import Part

_W = "#ffffff"


def _lines(*rows: tuple[float, float, float]) -> tuple[Part, ...]:
    return tuple(Part("line", (left, y, right, y), _W, 9) for left, right, y in rows)


GLYPHS: dict[str, tuple[Part, ...]] = {
    "lines": _lines((26, 74, 30), (26, 74, 50), (26, 54, 70)),
    "envelope": (
        Part("line", (20, 30, 80, 30, 80, 72, 20, 72, 20, 30), _W, 8),
        Part("line", (20, 32, 50, 56, 80, 32), _W, 8),
    ),
    "note": (
        Part("ellipse", (22, 60, 46, 80), _W),
        Part("ellipse", (56, 54, 80, 74), _W),
        Part("line", (42, 70, 42, 30, 76, 22, 76, 62), _W, 8),
    ),
    "bag": (
        Part("round", (22, 38, 78, 82), _W, 8),
        Part("arc", (34, 18, 66, 58, 180, 360), _W, 8),
    ),
    "pot": (
        Part("round", (24, 42, 76, 78), _W, 12),
        Part("line", (18, 50, 82, 50), _W, 8),
        Part("line", (26, 34, 74, 34), _W, 7),
        Part("ellipse", (44, 18, 56, 30), _W),
    ),
    "check": (Part("line", (24, 52, 44, 72, 78, 30), _W, 13),),
    "cloud": (
        Part("ellipse", (16, 42, 48, 74), _W),
        Part("ellipse", (32, 24, 68, 66), _W),
        Part("ellipse", (54, 40, 86, 74), _W),
        Part("round", (30, 52, 72, 74), _W, 4),
    ),
    "pin": (
        Part("polygon", (28, 48, 72, 48, 50, 86), _W),
        Part("ellipse", (26, 14, 74, 62), _W),
        Part("ellipse", (40, 28, 60, 48), "dark"),
    ),
    "folder": (Part("round", (16, 26, 48, 50), _W, 6), Part("round", (16, 34, 84, 78), _W, 6)),
    "book": (
        Part("polygon", (18, 28, 47, 36, 47, 80, 18, 72), _W),
        Part("polygon", (82, 28, 53, 36, 53, 80, 82, 72), _W),
    ),
    "mic": (
        Part("round", (38, 16, 62, 58), _W, 12),
        Part("arc", (26, 30, 74, 70, 0, 180), _W, 7),
        Part("line", (50, 70, 50, 84), _W, 7),
    ),
    "person": (Part("ellipse", (34, 16, 66, 48), _W), Part("pie", (20, 54, 80, 114, 180, 360), _W)),
    "suitcase": (
        Part("round", (18, 36, 82, 80), _W, 8),
        Part("line", (38, 34, 38, 22, 62, 22, 62, 34), _W, 8),
        Part("rect", (18, 54, 82, 60), "dark"),
    ),
    "leaf": (
        Part("polygon", (82, 16, 84, 46, 72, 66, 52, 74, 34, 70, 28, 54, 34, 34, 54, 20), _W),
        Part("line", (20, 84, 60, 40), "dark", 6),
        Part("line", (18, 86, 34, 68), _W, 7),
    ),
    "film": (
        Part("round", (18, 26, 82, 76), _W, 6),
        Part("polygon", (42, 38, 64, 51, 42, 64), "dark"),
    ),
    "weight": (
        Part("line", (30, 50, 70, 50), _W, 10),
        Part("round", (18, 32, 34, 68), _W, 5),
        Part("round", (66, 32, 82, 68), _W, 5),
    ),
    "frame": (
        Part("line", (20, 24, 80, 24, 80, 76, 20, 76, 20, 24), _W, 9),
        Part("polygon", (28, 70, 46, 44, 58, 58, 64, 50, 74, 70), _W),
    ),
    "antenna": (
        Part("round", (18, 46, 82, 82), _W, 8),
        Part("line", (30, 44, 70, 16), _W, 7),
        Part("ellipse", (28, 54, 48, 74), "dark"),
    ),
    "search": (Part("arc", (18, 18, 64, 64, 0, 360), _W, 11), Part("line", (60, 60, 80, 80), _W, 13)),
    "plus": (Part("line", (50, 20, 50, 80), _W, 13), Part("line", (20, 50, 80, 50), _W, 13)),
    "star": (Part("polygon", (50, 14, 61, 39, 88, 41, 67, 59, 74, 86, 50, 71, 26, 86, 33, 59, 12, 41, 39, 39), _W),),
    "gear": (
        Part("line", (50, 14, 50, 86), _W, 16),
        Part("line", (19, 32, 81, 68), _W, 16),
        Part("line", (19, 68, 81, 32), _W, 16),
        Part("ellipse", (26, 26, 74, 74), _W),
        Part("ellipse", (40, 40, 60, 60), "dark"),
    ),
}
