"""Transit maps: lines, stations, interchanges; the same seed gives the same map. Not from a paper.

The record format they feed is that of ReasonMap (arXiv 2505.18675) and RewardMap (arXiv 2510.02240).
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from functools import cached_property

from vision_data.generators.seeds import rng_for
from vision_data.generators.transit.layout import place_labels
from vision_data.generators.transit.names import split_name, station_names
from vision_data.generators.transit.paths import choose_stops, crosses_itself, draw_branches, draw_paths
from vision_data.generators.transit.routes import line_distances
from vision_data.generators.transit.spec import COLOUR_LINES, LEVELS, NUMBER_COLOURS, SPLITS, Level, Node, known

MAX_TRANSFERS = 3


@dataclass(frozen=True)
class Line:
    """One line: its stops in order, read from its upper (then left) end, and the lattice nodes it runs over.

    A branch is a line of its own, with the colour of the line that `branch_of` names; else that is empty.
    """

    name: str
    colour: str
    stops: tuple[str, ...]
    path: tuple[Node, ...]
    branch_of: str = ""

    @property
    def short(self) -> str:
        """`Red` for `Red Line`, `Line 1` for `Line 1`."""
        return self.name.removesuffix(" Line")


@dataclass(frozen=True)
class TransitMap:
    """One city's map; `positions` gives each station's (column, row) on the lattice of its level."""

    city: str
    country: str
    level: str
    seed: int
    split: str
    lines: tuple[Line, ...]
    positions: tuple[tuple[str, Node], ...]

    @cached_property
    def stations(self) -> tuple[str, ...]:
        """Every station once."""
        return tuple(name for name, _ in self.positions)

    @cached_property
    def transfers(self) -> tuple[str, ...]:
        """Stations on more than one line."""
        return tuple(name for name in self.stations if len(self.lines_at(name)) > 1)

    def lines_at(self, station: str) -> tuple[Line, ...]:
        """The lines that stop there, in the map's order; empty for a station that is not on the map."""
        return tuple(line for line in self.lines if station in line.stops)

    def line(self, name: str) -> Line:
        """The line of that full name.

        Raises:
            MediaError: there is no such line.
        """
        known("line", name, (line.name for line in self.lines))
        return next(line for line in self.lines if line.name == name)

    def metro(self) -> dict[str, list[str]]:
        """ReasonMap's metro data: line name to ordered stops."""
        return {line.name: list(line.stops) for line in self.lines}


def make_map(seed: int, level: str = "tiny", split: str = "train") -> TransitMap:
    """The map of a seed. No city name, country name or layout is in both splits.

    Args:
        seed: any whole number.
        level: tiny (168 px, 2 or 3 lines), easy (560 px, 3 or 4), middle (840 px, 5 to 7) or hard (1120 px, 8 to 12);
            small (224 px, 3 or 4 lines, letters as in tiny), grid (as middle, right angles only), branched (as middle,
            one to three lines have a branch) or crowded (as hard, closer together, up to two branches).
        split: train or test.

    Raises:
        MediaError: the level or the split is unknown.
    """
    spec = LEVELS[known("level", level, LEVELS)]
    split_index = SPLITS.index(known("split", split, SPLITS))
    rng = rng_for("transit", split, level, seed)
    city, country = split_name(rng, split_index, 3), split_name(rng, split_index, 2) + "ia"
    while True:
        made = _attempt(rng, spec, split_index)
        if made is None:
            continue
        lines, positions = made
        if spec.lettered or place_labels(dict(positions), [line.path for line in lines], spec) is not None:
            return TransitMap(city, country, level, seed, split, lines, positions)


def _attempt(
    rng: random.Random, level: Level, split_index: int
) -> tuple[tuple[Line, ...], tuple[tuple[str, Node], ...]] | None:
    """Lines and positions, or None when this draw broke a rule of the level or belongs to the other split."""
    paths = draw_paths(rng, level, rng.randint(*level.lines))
    branches = draw_branches(rng, level, paths) if paths else None
    if paths is None or branches is None:
        return None
    paths = paths + [path for _, path in branches]
    if any(crosses_itself(path) for path in paths):
        return None
    stops = choose_stops(rng, level, paths, len(branches))
    if stops is None or _layout_split(stops) != split_index:
        return None
    nodes = sorted({node for line in stops for node in line}, key=lambda node: node[::-1])
    if not level.stations[0] <= len(nodes) <= level.stations[1]:
        return None
    names = dict(zip(nodes, station_names(rng, len(nodes), level.lettered), strict=True))
    titles = [(*title, "") for title in _line_names(rng, level, len(paths) - len(branches))]
    titles += [(_branch_name(titles[at][0]), titles[at][1], titles[at][0]) for at, _ in branches]
    lines = tuple(
        Line(name, colour, tuple(names[node] for node in line), tuple(path), parent)
        for (name, colour, parent), line, path in zip(titles, stops, paths, strict=True)
    )
    distances = line_distances({line.name: line.stops for line in lines})
    if max(distances.values()) > MAX_TRANSFERS:
        return None
    return lines, tuple((name, node) for node, name in names.items())


def _layout_split(stops: list[list[Node]]) -> int:
    """Every layout (stop positions per line, names and colours aside) belongs to one split by its checksum."""
    return zlib.crc32(repr(sorted(stops)).encode()) % len(SPLITS)


def _branch_name(name: str) -> str:
    """`Branch 3` of `Line 3`, so that naming the branch does not name its line too."""
    return f"Branch {name.removeprefix('Line ')}"


def _line_names(rng: random.Random, level: Level, count: int) -> list[tuple[str, str]]:
    if level.lettered:
        return [COLOUR_LINES[at] for at in sorted(rng.sample(range(len(COLOUR_LINES)), count))]
    return [(f"Line {at + 1}", NUMBER_COLOURS[at]) for at in range(count)]
