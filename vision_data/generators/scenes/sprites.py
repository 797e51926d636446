"""A thing of a given colour and size as a picture without background, cut to what is drawn. Not from a paper."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageColor, ImageDraw, ImageFilter

from vision_data.generators.scenes.icons import COLOURS, Part
from vision_data.generators.scenes.outdoor import ICONS

FINE = 4
"""Everything is drawn this much larger, then averaged down."""
_OUTLINE = "#26262b"
_FAINT = 40  # an edge pixel that is covered less than this (of 255) would not be seen


def shade(colour: str, fill: str) -> tuple[int, ...]:
    """The RGB of a fill word for a named colour."""
    if fill.startswith("#"):
        return ImageColor.getrgb(fill)
    rgb = ImageColor.getrgb(COLOURS[colour])
    if fill == "dark":
        return tuple(round(value * 0.74) for value in rgb)
    if fill == "light":
        return tuple(round(value + (255 - value) * 0.55) for value in rgb)
    return rgb


def paint(draw: ImageDraw.ImageDraw, part: Part, zoom: float, offset: float, fill: tuple[int, ...]) -> None:
    """Put one part on a canvas of `zoom` pixels a unit."""
    num = 4 if part.shape in ("arc", "pie") else len(part.points)
    at = [value * zoom + offset for value in part.points[:num]]
    width = max(1, round(part.width * zoom))
    if part.shape == "ellipse":
        draw.ellipse(at, fill=fill)
    elif part.shape == "rect":
        draw.rectangle(at, fill=fill)
    elif part.shape == "round":
        draw.rounded_rectangle(at, radius=part.width * zoom, fill=fill)
    elif part.shape == "polygon":
        draw.polygon(at, fill=fill)
    elif part.shape == "line":
        draw.line(at, fill=fill, width=width, joint="curve")
        _round_ends(draw, at, width / 2, fill)
    elif part.shape == "arc":
        draw.arc(at, part.points[4], part.points[5], fill=fill, width=width)
    else:
        draw.pieslice(at, part.points[4], part.points[5], fill=fill)


def _round_ends(draw: ImageDraw.ImageDraw, at: list[float], radius: float, fill: tuple[int, ...]) -> None:
    for x, y in (at[:2], at[-2:]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


@lru_cache(maxsize=1024)
def sprite(kind: str, colour: str, unit: int) -> Image.Image:
    """RGBA picture of a thing with a dark outline; no row or column at its border is empty.

    Args:
        kind: a name of `ICONS`.
        colour: a name of `COLOURS`.
        unit: pixels for a thing of scale 1.
    """
    icon = ICONS[kind]
    zoom = unit * icon.scale * FINE / 100
    line = max(1.2 * FINE, unit * FINE * 0.028)
    margin = round(line * 2) + FINE
    side = -(-round(100 * zoom + 2 * margin) // FINE) * FINE
    flat = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(flat)
    for part in icon.parts:
        paint(draw, part, zoom, margin, shade(colour, part.fill))
    outline = flat.getchannel("A").filter(ImageFilter.GaussianBlur(line)).point([255 * (v > 45) for v in range(256)])
    whole = Image.new("RGBA", (side, side), _OUTLINE)
    whole.putalpha(outline)
    whole.alpha_composite(flat)
    small = whole.reduce(FINE)
    small.putalpha(small.getchannel("A").point([v if v >= _FAINT else 0 for v in range(256)]))
    box = small.getbbox()
    assert box is not None, kind
    return small.crop(box)
