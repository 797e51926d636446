"""Draw a transit map: coloured tracks, white station discs, names, and a legend where lines have numbers."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from vision_data.errors import MediaError
from vision_data.generators.transit import layout
from vision_data.generators.transit.network import TransitMap
from vision_data.generators.transit.spec import LEVELS, Level

_FINE = 4  # everything is drawn this much larger, then averaged down
_INK = "#111111"


def render(transit_map: TransitMap, scale: int = 1) -> Image.Image:
    """The picture, RGB, square: 168 px (tiny), 560 (easy), 840 (middle) or 1120 (hard), times `scale`.

    Raises:
        MediaError: `scale` is not a positive whole number.
    """
    if not isinstance(scale, int) or scale < 1:
        raise MediaError(f"transit map: scale must be a whole number from 1, got {scale!r}")
    level = LEVELS[transit_map.level]
    fine = _FINE if level.lettered else 2
    picture = _tracks(transit_map, level, scale * fine).reduce(fine)
    for station, node in transit_map.positions:
        colours = tuple(line.colour for line in transit_map.lines_at(station))
        stroke, radius = (2.75, 11.5) if level.lettered else (3.0, layout.RADIUS - (1.0 if len(colours) == 1 else -1.0))
        disc = _disc(station if level.lettered else "", colours, radius * scale, stroke * scale)
        x, y = layout.centre(node, level)
        picture.paste(disc, (round(x * scale - disc.width / 2), round(y * scale - disc.height / 2)), disc)
    if not level.lettered:
        _names(picture, transit_map, level, scale)
        _legend(picture, transit_map, level, scale)
    return picture


def _tracks(transit_map: TransitMap, level: Level, zoom: int) -> Image.Image:
    side = level.canvas * zoom
    picture = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(picture)
    width = (6 if level.lettered else 7) * zoom
    for line in transit_map.lines:
        points = [(x * zoom, y * zoom) for x, y in (layout.centre(node, level) for node in line.path)]
        draw.line(points, fill=line.colour, width=width, joint="curve")
    return picture


@lru_cache(maxsize=32)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own scalable font.

    Raises:
        MediaError: this Pillow was built without FreeType.
    """
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise MediaError(
            "drawing text needs a Pillow built with FreeType; install a Pillow wheel of version 10.1 or later"
        )
    return found


@lru_cache(maxsize=2048)
def _disc(letter: str, colours: tuple[str, ...], radius: float, stroke: float) -> Image.Image:
    """A white disc whose outline is shared by its lines' colours, with its letter; RGBA."""
    side = 2 * round(radius + 1)
    big = Image.new("RGBA", (side * _FINE, side * _FINE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    middle, outer, inner = side * _FINE / 2, radius * _FINE, (radius - stroke) * _FINE
    frame = (middle - outer, middle - outer, middle + outer, middle + outer)
    share = 360 / len(colours)
    for at, colour in enumerate(colours):
        draw.pieslice(frame, 90 + at * share, 90 + (at + 1) * share, fill=colour)
    draw.ellipse((middle - inner, middle - inner, middle + inner, middle + inner), fill="white")
    if letter:
        size = round(radius * 1.3 * _FINE)
        draw.text((middle, middle), letter, fill=_INK, font=font(size), anchor="mm", stroke_width=size // 28)
    return big.resize((side, side), Image.Resampling.BOX)


def _names(picture: Image.Image, transit_map: TransitMap, level: Level, scale: int) -> None:
    boxes = layout.place_labels(dict(transit_map.positions), [line.path for line in transit_map.lines], level)
    if boxes is None:
        raise MediaError(f"transit map of {transit_map.city}: names find no room; use fewer or shorter station names")
    draw = ImageDraw.Draw(picture)
    where = dict(transit_map.positions)
    for station, (left, top, right, bottom) in boxes.items():
        x, _ = layout.centre(where[station], level)
        anchor, at = ("lm", left) if left > x else ("rm", right) if right < x else ("mm", (left + right) / 2)
        spot = (at * scale, (top + bottom) / 2 * scale)
        draw.text(
            spot,
            station,
            fill=_INK,
            font=font(layout.FONT_SIZE * scale),
            anchor=anchor,
            stroke_width=2 * scale,
            stroke_fill="white",
        )


def _legend(picture: Image.Image, transit_map: TransitMap, level: Level, scale: int) -> None:
    """Colour bars with line names in the strip below the lattice, at most eight in a row."""
    draw = ImageDraw.Draw(picture)
    top = level.rows * level.cell * scale
    columns = min(8, max(3, level.canvas // 130))
    for at, line in enumerate(transit_map.lines):
        x = (at % columns * level.canvas / columns + 12) * scale
        y = top + (18 + at // columns * 26) * scale
        draw.rectangle((x, y - 5 * scale, x + 34 * scale, y + 5 * scale), fill=line.colour)
        draw.text((x + 42 * scale, y), line.name, fill=_INK, font=font(16 * scale), anchor="lm")
