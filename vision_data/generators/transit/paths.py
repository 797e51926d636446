"""Lines as walks on a lattice: no shared track, and lines meet only where they stop."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise

from vision_data.generators.transit.spec import BRANCH_STOPS, Level, Node

_ORTHOGONAL = ((1, 0), (0, 1), (-1, 0), (0, -1))
_OCTILINEAR = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
_TURN_WEIGHT = {0: 6.0, 45: 2.0, 90: 1.5}
_TOUCH_WEIGHT = 0.35  # how gladly a walk runs into another line, where it then has to stop


@dataclass
class Tracks:
    """What is already built: lines through each node, and the segments no other line may use."""

    level: Level
    through: dict[Node, int] = field(default_factory=dict)
    taken: set[tuple[Node, Node]] = field(default_factory=set)

    def free(self, start: Node, end: Node) -> bool:
        """Whether a segment lies on the lattice, unused, and crosses no other diagonal."""
        if not (0 <= end[0] < self.level.cols and 0 <= end[1] < self.level.rows):
            return False
        if _segment(start, end) in self.taken:
            return False
        crossing = _segment((start[0], end[1]), (end[0], start[1]))
        is_diagonal = start[0] != end[0] and start[1] != end[1]
        return not (is_diagonal and crossing in self.taken)

    def build(self, path: list[Node]) -> None:
        """Take the nodes and the segments of a finished line."""
        for node in path:
            self.through[node] = self.through.get(node, 0) + 1
        self.taken.update(_segment(start, end) for start, end in pairwise(path))


def _segment(one: Node, other: Node) -> tuple[Node, Node]:
    return (one, other) if one < other else (other, one)


def _directions(level: Level, heading: Node | None) -> list[tuple[Node, float]]:
    """Steps that turn by at most 90 degrees (orthogonal lattice) or 45 (octilinear), with weights."""
    steps = _OCTILINEAR if level.diagonal else _ORTHOGONAL
    if heading is None:
        return [(step, 1.0) for step in steps]
    unit = 360 // len(steps)
    at = steps.index(heading)
    turn = 45 if level.diagonal else 90
    return [(steps[(at + way) % len(steps)], _TURN_WEIGHT[abs(way) * unit]) for way in (-turn // unit, 0, turn // unit)]


def _extend(rng: random.Random, tracks: Tracks, path: list[Node], steps: int) -> None:
    """Walk on from the end of `path`, in place, until `steps` are done or nothing is free."""
    for _ in range(steps):
        col, row = path[-1]
        heading = (col - path[-2][0], row - path[-2][1]) if len(path) > 1 else None
        options: list[Node] = []
        weights: list[float] = []
        for step, weight in _directions(tracks.level, heading):
            node = (col + step[0], row + step[1])
            busy = tracks.through.get(node, 0)
            if node in path or busy > 1 or not tracks.free((col, row), node):
                continue
            options.append(node)
            weights.append(weight * (_TOUCH_WEIGHT if busy else 1.0))
        if not options:
            return
        path.append(rng.choices(options, weights)[0])


def _walk(rng: random.Random, tracks: Tracks) -> list[Node]:
    """One line: through a node that one other line uses already, or anywhere when it is the first."""
    level = tracks.level
    steps = rng.randint(*level.steps)
    anchors = sorted(node for node, lines in tracks.through.items() if lines == 1)
    if not anchors:
        start = (rng.randrange(level.cols), rng.randrange(level.rows))
        path = [start]
        _extend(rng, tracks, path, steps)
        return path
    path = [rng.choice(anchors)]
    _extend(rng, tracks, path, rng.randint(0, steps))
    path.reverse()
    _extend(rng, tracks, path, steps + 1 - len(path))
    return path


def draw_paths(rng: random.Random, level: Level, num_lines: int) -> list[list[Node]] | None:
    """The nodes of every line, or None when a line got stuck below the shortest length."""
    tracks = Tracks(level)
    paths = []
    for _ in range(num_lines):
        path = _walk(rng, tracks)
        if len(path) <= level.steps[0]:
            return None
        tracks.build(path)
        # From the end that is read first, so that a line's stops have one natural order.
        paths.append(path if path[0][::-1] < path[-1][::-1] else path[::-1])
    return paths


def draw_branches(rng: random.Random, level: Level, paths: list[list[Node]]) -> list[tuple[int, list[Node]]] | None:
    """Branches with the index of their line; None when one got stuck. A line has at most one."""
    if level.branches == (0, 0):
        return []
    tracks = Tracks(level)
    for path in paths:
        tracks.build(path)
    branches = []
    for parent in sorted(rng.sample(range(len(paths)), rng.randint(*level.branches))):
        starts = [node for node in paths[parent][1:-1] if tracks.through[node] == 1]
        if not starts:
            return None
        path = [rng.choice(starts)]
        _extend(rng, tracks, path, rng.randint(BRANCH_STOPS[0], BRANCH_STOPS[1] + 1))
        if len(path) < BRANCH_STOPS[0]:
            return None
        tracks.build(path)
        branches.append((parent, path if path[0][::-1] < path[-1][::-1] else path[::-1]))
    return branches


def crosses_itself(path: list[Node]) -> bool:
    """Whether two diagonals of one line cross, which would look like a meeting point without a station."""
    squares = [(min(a[0], b[0]), min(a[1], b[1])) for a, b in pairwise(path) if a[0] != b[0] and a[1] != b[1]]
    return len(set(squares)) < len(squares)


def choose_stops(
    rng: random.Random, level: Level, paths: list[list[Node]], num_branches: int = 0
) -> list[list[Node]] | None:
    """Stops of every line in order: its ends, all meeting points, and some nodes between; None if too many.

    The last `num_branches` of `paths` are branches, which have fewer.
    """
    count: dict[Node, int] = {}
    for path in paths:
        for node in path:
            count[node] = count.get(node, 0) + 1
    chosen = []
    for at, path in enumerate(paths):
        fewest, most_stops = BRANCH_STOPS if at >= len(paths) - num_branches else level.stops
        needed = {path[0], path[-1]} | {node for node in path if count[node] > 1}
        least, most = max(fewest, len(needed)), min(most_stops, len(path))
        if least > most:
            return None
        others = [node for node in path if node not in needed]
        extra = rng.sample(others, rng.randint(least, most) - len(needed))
        kept = needed.union(extra)
        chosen.append([node for node in path if node in kept])
    return chosen
