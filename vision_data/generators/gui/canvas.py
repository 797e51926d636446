"""A layer of a screen while it is drawn: shapes large and averaged down, then words."""

from __future__ import annotations

from PIL import Image, ImageDraw

from vision_data.generators.gui.fonts import font
from vision_data.generators.gui.glyphs import GLYPHS
from vision_data.generators.gui.widgets import HEIGHT, WIDTH, Screen
from vision_data.generators.scenes.icons import Part

_FINE = 4
LIGHT = {
    "page": "#ffffff",
    "ink": "#1d1f23",
    "soft": "#7b838c",
    "line": "#e3e6ea",
    "fill": "#f1f3f5",
    "wall": "#dbe4ff",
}
DARK = {
    "page": "#202327",
    "ink": "#f1f3f5",
    "soft": "#9aa2ab",
    "line": "#3a3f45",
    "fill": "#30353b",
    "wall": "#2b3352",
}


class Canvas:
    """One layer while it is drawn; measures are points."""

    def __init__(self, screen: Screen, scale: int, ground: str = "") -> None:
        self.screen = screen
        self.zoom = scale * _FINE
        self.scale = scale
        self.tones = DARK if screen.dark else LIGHT
        self.shapes = Image.new("RGBA", (WIDTH * self.zoom, HEIGHT * self.zoom), ground or (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.shapes)
        self.words: list[tuple[float, float, str, int, str, str]] = []

    def rect(self, box: tuple[float, ...], fill: str, radius: float = 0, line: str = "", width: float = 1.0) -> None:
        """A rectangle with round corners; its outline lies inside `box`."""
        left, top, right, bottom = (value * self.zoom for value in box)
        stroke = round(width * self.zoom) if line else 0
        self.draw.rounded_rectangle((left, top, right - 1, bottom - 1), radius * self.zoom, fill, line or None, stroke)

    def oval(self, box: tuple[float, ...], fill: str) -> None:
        """A disc that fills `box`."""
        left, top, right, bottom = (value * self.zoom for value in box)
        self.draw.ellipse((left, top, right - 1, bottom - 1), fill)

    def glyph(self, name: str, box: tuple[float, ...], fill: str, hole: str) -> None:
        """A sign in `box`; its holes show the colour behind it."""
        unit = (box[2] - box[0]) / 100 * self.zoom
        for part in GLYPHS[name]:
            _stroke(
                self.draw, part, unit, box[0] * self.zoom, box[1] * self.zoom, hole if part.fill == "dark" else fill
            )

    def text(self, x: float, y: float, words: str, size: int, fill: str, anchor: str = "lm") -> None:
        """Words, put down when the shapes of the layer are done."""
        self.words.append((x, y, words, size, fill, anchor))

    def onto(self, picture: Image.Image) -> None:
        """Lay this layer over a picture."""
        small = self.shapes.reduce(_FINE)
        picture.paste(small, (0, 0), small)
        draw = ImageDraw.Draw(picture)
        for x, y, words, size, fill, anchor in self.words:
            draw.text((x * self.scale, y * self.scale), words, fill, font(size * self.scale), anchor)


def _stroke(draw: ImageDraw.ImageDraw, part: Part, unit: float, left: float, top: float, fill: str) -> None:
    """One part of a sign, moved and enlarged."""
    num = 4 if part.shape in ("arc", "pie") else len(part.points)
    at = [value * unit + (left, top)[index % 2] for index, value in enumerate(part.points[:num])]
    width = max(1, round(part.width * unit))
    if part.shape == "line":
        draw.line(at, fill, width, joint="curve")
        for x, y in zip(at[::2], at[1::2], strict=True):
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill)
    elif part.shape == "arc":
        draw.arc(at, part.points[4], part.points[5], fill, width)
    elif part.shape == "pie":
        draw.pieslice(at, part.points[4], part.points[5], fill)
    elif part.shape == "round":
        draw.rounded_rectangle(at, part.width * unit, fill)
    elif part.shape == "polygon":
        draw.polygon(at, fill)
    else:
        {"ellipse": draw.ellipse, "rect": draw.rectangle}[part.shape](at, fill)
