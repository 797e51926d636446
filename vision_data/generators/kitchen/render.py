"""Draw a kitchen and what the cook does in it. Not from a paper."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vision_data.generators.films import Frames, write_mp4
from vision_data.generators.kitchen.episode import Episode, Moment
from vision_data.generators.kitchen.icons import FOOD_ICONS, STATION_ICONS, Pen
from vision_data.generators.kitchen.plans import Portion
from vision_data.generators.kitchen.rooms import Room

_GLOW = (255, 214, 0)
_WATER, _FIRE = (30, 110, 240), (240, 70, 10)
_SLOTS = (-0.52, 0.0, 0.52)


def film(episode: Episode, path: Path) -> Path:
    """Write the video of what is done so far as mp4 and give its path.

    Raises:
        MediaError: OpenCV cannot write there.
    """
    return write_mp4(path, frames(episode), episode.level.fps)


def frames(episode: Episode) -> Frames:
    """All frames of the video, `[T, rows * tile, cols * tile, 3]` of uint8, RGB."""
    moments, _ = episode.moments()
    drawn: dict[Moment, Frames] = {}
    for moment in moments:
        if moment not in drawn:
            drawn[moment] = np.asarray(_draw(episode.room, moment, episode.level.tile))
    return np.stack([drawn[moment] for moment in moments])


def render(episode: Episode) -> Image.Image:
    """The kitchen now: the current observation, RGB."""
    return _draw(episode.room, episode.moments()[0][-1], episode.level.tile)


def _draw(room: Room, moment: Moment, tile: int) -> Image.Image:
    fine = _fineness(tile)
    picture = _empty(room, tile * fine).copy()
    draw = ImageDraw.Draw(picture)

    def pen(column: float, row: float) -> Pen:
        return Pen(draw, (column + 0.5) * tile * fine, (row + 0.5) * tile * fine, tile * fine)

    if moment.station is not None:
        tiles = room.tiles(moment.station)
        left, top, right, bottom = (*tiles[0], tiles[-1][0] + 1, tiles[-1][1] + 1)
        corners = tuple(
            value * tile * fine + edge for value, edge in zip((left, top, right, bottom), (0, 0, -1, -1), strict=True)
        )
        draw.rectangle(corners, outline=_GLOW, width=max(2, tile // 12) * fine)
    table = pen(room.table[0] + 0.5, room.table[1])
    for slot, portion in zip(_SLOTS, moment.state.served, strict=False):
        _food(table.at(slot * 1.12, 0), portion, 0.23)
    _cook(pen(*moment.cook), moment.state.held)
    return picture.reduce(fine)


def _fineness(tile: int) -> int:
    """How much larger everything is drawn, to be averaged down."""
    return 8 if tile < 40 else 4


@lru_cache(maxsize=64)
def _empty(room: Room, unit: int) -> Image.Image:
    """The room without cook and food, `unit` pixels to the tile."""
    floor, counter = room.style
    picture = Image.new("RGB", (room.cols * unit, room.rows * unit), counter)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((unit, unit, (room.cols - 1) * unit - 1, (room.rows - 1) * unit - 1), fill=floor)
    line = tuple(round(value * 0.93) for value in floor)
    for column in range(1, room.cols):
        draw.line((column * unit, unit, column * unit, (room.rows - 1) * unit), fill=line, width=unit // 24)
    for row in range(1, room.rows):
        draw.line((unit, row * unit, (room.cols - 1) * unit, row * unit), fill=line, width=unit // 24)
    for station, (column, row) in room.stations:
        STATION_ICONS[station](Pen(draw, (column + 0.5) * unit, (row + 0.5) * unit, unit))
    table = Pen(draw, (room.table[0] + 1) * unit, (room.table[1] + 0.5) * unit, unit)
    table.box(-0.94, -0.44, 0.94, 0.44, (120, 84, 50), 0.12)
    table.box(-0.88, -0.38, 0.88, 0.38, (200, 152, 100), 0.08)
    for slot in _SLOTS:
        table.oval(slot * 1.12, 0, 0.27, 0.27, (252, 252, 252))
    return picture


def _cook(pen: Pen, held: Portion | None) -> None:
    """A cook from above: blue shoulders, and a white hat or, with both hands, a tray with food."""
    pen.oval(0, 0, 0.47, 0.47, (24, 60, 160))
    if held is None:
        pen.oval(0, 0, 0.3, 0.3, (255, 255, 255), (150, 160, 190))
        for x, y in ((-0.11, -0.08), (0.11, -0.08), (0, 0.11)):
            pen.oval(x, y, 0.11, 0.11, (255, 255, 255), (190, 198, 220))
        return
    pen.oval(0, 0, 0.39, 0.39, (255, 255, 255))
    _food(pen, held, 0.29)


def _food(pen: Pen, portion: Portion, radius: float) -> None:
    """A food with a drop if washed, gaps if cut, and a flame if cooked or baked."""
    icon = pen.at(0, 0, radius)
    FOOD_ICONS[portion.food](icon)
    if "cut" in portion.done:
        for shift, half in ((-0.5, 0.62), (0.0, 0.78), (0.5, 0.62)):
            icon.line([(shift - half, -shift - half), (shift + half, half - shift)], (255, 255, 255), 0.17)
    if "wash" in portion.done:
        drop = icon.at(0.82, 0.75)
        drop.shape([(-0.3, 0.1), (0, -0.55), (0.3, 0.1)], _WATER)
        drop.oval(0, 0.15, 0.32, 0.3, _WATER)
    if "cook" in portion.done or "bake" in portion.done:
        flame = icon.at(-0.82, 0.75)
        flame.shape([(-0.36, 0.1), (-0.2, -0.5), (0.0, -0.15), (0.2, -0.6), (0.36, 0.1)], _FIRE)
        flame.oval(0, 0.15, 0.36, 0.3, _FIRE)
        flame.oval(0, 0.2, 0.16, 0.16, (255, 220, 60))
