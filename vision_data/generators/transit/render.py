"""Draw a transit map: coloured tracks, white station discs, names, and a legend where lines have numbers."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for
from vision_data.generators.transit import layout
from vision_data.generators.transit.network import TransitMap
from vision_data.generators.transit.spec import LEVELS, Level
from vision_data.generators.transit.styles import STYLES, Style, across, rounded_path, style_of

_FINE = 4  # everything is drawn this much larger, then averaged down
_INK = "#111111"


def render(transit_map: TransitMap, scale: int = 1, style: str = "classic") -> Image.Image:
    """The picture, RGB, square: 168 px (tiny), 560 (easy), 840 (middle) or 1120 (hard), times `scale`.

    Args:
        transit_map: what to draw.
        scale: a whole number from 1.
        style: a name of `STYLES` (classic, rounded, ticks, night, paper), or `mixed` for one drawn by the map's seed.

    Raises:
        MediaError: `scale` is not a positive whole number, the style is unknown, or it is `ticks` and stations have
            letters.
    """
    if not isinstance(scale, int) or scale < 1:
        raise MediaError(f"transit map: scale must be a whole number from 1, got {scale!r}")
    level = LEVELS[transit_map.level]
    look = STYLES[style_of(style, level.lettered, transit_map.split, transit_map.seed)]
    fine = _FINE if level.lettered else 2
    picture = _tracks(transit_map, level, scale * fine, look).reduce(fine)
    for station, node in transit_map.positions:
        if look.ticks:
            continue
        colours = tuple(line.colour for line in transit_map.lines_at(station))
        stroke, radius = (2.75, 11.5) if level.lettered else (3.0, layout.RADIUS - (1.0 if len(colours) == 1 else -1.0))
        disc = _disc(station if level.lettered else "", colours, radius * scale, stroke * scale)
        x, y = layout.centre(node, level)
        picture.paste(disc, (round(x * scale - disc.width / 2), round(y * scale - disc.height / 2)), disc)
    if not level.lettered:
        _names(picture, transit_map, level, scale, look)
        _legend(picture, transit_map, level, scale, look)
    return picture


def _tracks(transit_map: TransitMap, level: Level, zoom: int, look: Style) -> Image.Image:
    side = level.canvas * zoom
    picture = Image.new("RGB", (side, side), look.ground)
    draw = ImageDraw.Draw(picture)
    if look.river:
        _river(draw, transit_map, side)
    width = (6 if level.lettered else 7) * zoom
    stops = {node for _, node in transit_map.positions}
    for line in transit_map.lines:
        if look.rounded:
            points = [(x * zoom, y * zoom) for x, y in rounded_path(line.path, stops, level.cell)]
        else:
            points = [(x * zoom, y * zoom) for x, y in (layout.centre(node, level) for node in line.path)]
        if look.casing:
            draw.line(points, fill=look.casing, width=width + 3 * zoom, joint="curve")
        draw.line(points, fill=line.colour, width=width, joint="curve")
        if line.branch_of:
            draw.line(points, fill=look.ground, width=round(width * 0.4), joint="curve")
    if look.ticks:
        _ticks(draw, transit_map, level, zoom)
    return picture


def _river(draw: ImageDraw.ImageDraw, transit_map: TransitMap, side: int) -> None:
    """A river from side to side and a park, pale enough to be read over; where they lie depends on the seed."""
    rng = rng_for("transit river", transit_map.split, transit_map.seed)
    x, y = rng.uniform(0.1, 0.6) * side, rng.uniform(0.1, 0.55) * side
    draw.rounded_rectangle((x, y, x + side * 0.22, y + side * 0.2), side * 0.04, "#dfebcb")
    start, end, bend = (rng.uniform(0.15, 0.8) * side for _ in range(3))
    shares = [at / 40 for at in range(-2, 43)]
    course = [(t * side, start * (1 - t) ** 2 + 2 * bend * t * (1 - t) + end * t**2) for t in shares]
    draw.line(course, fill="#cfe3ee", width=round(side * 0.055), joint="curve")


def _ticks(draw: ImageDraw.ImageDraw, transit_map: TransitMap, level: Level, zoom: int) -> None:
    """Bars across the line for ordinary stations, discs with a dark rim for interchanges."""
    for station, node in transit_map.positions:
        x, y = (value * zoom for value in layout.centre(node, level))
        lines = transit_map.lines_at(station)
        if len(lines) == 1:
            dx, dy = (value * layout.RADIUS * zoom for value in across(lines[0].path, node))
            draw.line((x - dx, y - dy, x + dx, y + dy), fill=lines[0].colour, width=5 * zoom)
            continue
        for radius, fill in ((layout.RADIUS + 1, _INK), (layout.RADIUS - 2, "white")):
            reach = radius * zoom
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)


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


def _names(picture: Image.Image, transit_map: TransitMap, level: Level, scale: int, look: Style) -> None:
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
            fill=look.ink,
            font=font(layout.FONT_SIZE * scale),
            anchor=anchor,
            stroke_width=2 * scale,
            stroke_fill=look.ground,
        )


def _legend(picture: Image.Image, transit_map: TransitMap, level: Level, scale: int, look: Style) -> None:
    """Colour bars with line names in the strip below the lattice, at most eight in a row."""
    draw = ImageDraw.Draw(picture)
    top = level.rows * level.cell * scale
    columns = min(8, max(3, level.canvas // 130))
    for at, line in enumerate(transit_map.lines):
        x = (at % columns * level.canvas / columns + 12) * scale
        y = top + (18 + at // columns * 26) * scale
        draw.rectangle((x, y - 5 * scale, x + 34 * scale, y + 5 * scale), fill=line.colour, outline=look.casing or None)
        if line.branch_of:
            draw.rectangle((x, y - 2 * scale, x + 34 * scale, y + 2 * scale), fill=look.ground)
        draw.text((x + 42 * scale, y), line.name, fill=look.ink, font=font(16 * scale), anchor="lm")
