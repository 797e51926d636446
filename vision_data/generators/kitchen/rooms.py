"""Kitchens from above: a wall of counters with stations, a floor, a table. Not from a paper."""

from __future__ import annotations

import random
import zlib
from collections import deque
from dataclasses import dataclass

from vision_data.generators.kitchen.spec import Level
from vision_data.generators.seeds import rng_for

Tile = tuple[int, int]
"""(column, row), both from 0, rows counted downwards."""

ALONG_WALLS = ("fridge", "shelf", "sink", "board", "stove", "oven")
NUM_ROOMS = 48
"""How many rooms each side of the division has: those of train, L1 and L2's others."""
SEEN_STYLES = (
    ((243, 231, 208), (176, 132, 92)),
    ((226, 230, 234), (138, 146, 158)),
    ((236, 224, 200), (150, 120, 104)),
    ((232, 236, 226), (164, 150, 126)),
)
"""Colours of floor and counters."""
UNSEEN_STYLES = (
    ((214, 232, 218), (104, 140, 122)),
    ((240, 218, 222), (168, 116, 128)),
    ((220, 222, 244), (116, 114, 164)),
    ((244, 240, 196), (120, 110, 90)),
)


@dataclass(frozen=True)
class Room:
    """A kitchen.

    Attributes:
        name: unique among all rooms of its size.
        stations: tile of each station along the walls.
        table: its left tile; it is two tiles wide.
        style: colours of floor and counters.
        cols: tiles across.
        rows: tiles down.
    """

    name: str
    stations: tuple[tuple[str, Tile], ...]
    table: Tile
    style: tuple[tuple[int, int, int], tuple[int, int, int]]
    cols: int
    rows: int

    def free(self, tile: Tile) -> bool:
        """Whether the cook can stand there."""
        column, row = tile
        on_table = row == self.table[1] and column - self.table[0] in (0, 1)
        return 0 < column < self.cols - 1 and 0 < row < self.rows - 1 and not on_table

    def floor(self) -> list[Tile]:
        """Every tile where the cook can stand."""
        return [tile for row in range(self.rows) for column in range(self.cols) if self.free(tile := (column, row))]

    def tiles(self, station: str) -> tuple[Tile, ...]:
        """Where a station is; the table has two tiles."""
        if station == "table":
            return self.table, (self.table[0] + 1, self.table[1])
        return (dict(self.stations)[station],)

    def walk(self, start: Tile, station: str) -> list[Tile]:
        """A shortest way from a tile to a place beside the station, both ends included."""
        goals = {near for tile in self.tiles(station) for near in _beside(tile) if self.free(near)}
        ways: dict[Tile, Tile | None] = {start: None}
        queue = deque([start])
        while queue:
            tile = queue.popleft()
            if tile in goals:
                way, at = [tile], ways[tile]
                while at is not None:
                    way.append(at)
                    at = ways[at]
                return way[::-1]
            for near in _beside(tile):
                if self.free(near) and near not in ways:
                    ways[near] = tile
                    queue.append(near)
        raise AssertionError(f"no way from {start} to the {station} of room {self.name}")


def _beside(tile: Tile) -> list[Tile]:
    column, row = tile
    return [(column, row - 1), (column + 1, row), (column, row + 1), (column - 1, row)]


def make_room(index: int, level: Level, seen: bool) -> Room:
    """Room number `index` of those that training sees, or of those that it does not.

    The two kinds share no layout and no style.
    """
    rng = rng_for("kitchen room", index, seen, level.cols, level.rows)
    while True:
        stations, table = _layout(rng, level)
        if (zlib.crc32(repr((stations, table)).encode()) % 2 == 0) == seen:
            style = rng.choice(SEEN_STYLES if seen else UNSEEN_STYLES)
            name = f"{'seen' if seen else 'unseen'}-{level.cols}x{level.rows}-{index:02d}"
            return Room(name, stations, table, style, level.cols, level.rows)


def _layout(rng: random.Random, level: Level) -> tuple[tuple[tuple[str, Tile], ...], Tile]:
    """Stations along the walls, none in a corner, and a table around which the cook can walk."""
    right, bottom = level.cols - 1, level.rows - 1
    walls = [(column, row) for column in range(1, right) for row in (0, bottom)]
    walls += [(column, row) for row in range(1, bottom) for column in (0, right)]
    places = rng.sample(sorted(walls), len(ALONG_WALLS))
    table = rng.randint(2, right - 3), rng.randint(2, bottom - 2)
    return tuple(zip(ALONG_WALLS, places, strict=True)), table
