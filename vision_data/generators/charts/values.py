"""The numbers of a chart, in whole steps of its value axis. Not from a paper."""

from __future__ import annotations

import math
import random
from itertools import pairwise

SHAPES = ("rising", "falling", "neither")
"""How a line or a cloud of points runs."""
_TRIES = 400


def bar_steps(rng: random.Random, count: int, series: int, lattice: int) -> list[list[int]]:
    """A list of `count` heights for each series, each tall enough to be seen."""
    low = max(1, lattice // 15)
    return [[rng.randint(low, lattice) for _ in range(count)] for _ in range(series)]


def stack_steps(rng: random.Random, count: int, series: int, lattice: int, low: int) -> list[list[int]]:
    """A list of `count` heights for each series; those of one stack are at least `low` and sum to `lattice` at most."""
    low = max(1, min(low, lattice // series - 1))
    stacks = [_shares(rng, rng.randint(max(lattice // 2, low * series), lattice), series, low) for _ in range(count)]
    return [list(layer) for layer in zip(*stacks, strict=True)]


def pie_steps(rng: random.Random, count: int, low: int, grain: int) -> list[int]:
    """`count` shares that sum to 100, multiples of `grain` and at least `low`."""
    return [grain * share for share in _shares(rng, 100 // grain, count, math.ceil(low / grain))]


def _shares(rng: random.Random, total: int, count: int, low: int) -> list[int]:
    """`count` whole numbers from `low` that sum to `total`, every way of doing so as likely as any other."""
    cuts = sorted(rng.sample(range(1, total - count * (low - 1)), count - 1))
    return [after - before + low - 1 for before, after in pairwise([0, *cuts, total - count * (low - 1)])]


def line_steps(rng: random.Random, count: int, series: int, lattice: int, apart: int) -> list[list[int]]:
    """A list of `count` heights for each series; no two lines come closer than `apart` at any point.

    A third of the lines rise at every point, a third fall; fewer series are given when there is no room for all.
    """
    lines: list[list[int]] = []
    for _ in range(_TRIES):
        heights = rng.sample(range(1, lattice + 1), count)
        shape = rng.choice(SHAPES)
        if shape != "neither":
            heights.sort(reverse=shape == "falling")
        if all(abs(a - b) >= apart for other in lines for a, b in zip(heights, other, strict=True)):
            lines.append(heights)
        if len(lines) == series:
            break
    return lines


def point_steps(rng: random.Random, count: int, lattice: int, apart: int) -> list[tuple[int, int]]:
    """`count` points sorted by x, which differs by `apart` or more; y follows a rising, a falling or no line."""
    apart = max(1, min(apart, lattice // count))
    across = sorted(rng.sample(range(1, lattice + 1 - (count - 1) * (apart - 1)), count))
    across = [x + at * (apart - 1) for at, x in enumerate(across)]
    slope = rng.choice((1.0, -1.0, 0.0))
    noise = 0.1 if slope else 0.45
    up = [0.5 + slope * (x / lattice - 0.5) * 0.8 + rng.uniform(-noise, noise) for x in across]
    return [(x, min(max(round(lattice * y), 1), lattice)) for x, y in zip(across, up, strict=True)]


def dense_line(rng: random.Random, count: int) -> list[float]:
    """`count` heights within 0.03 and 0.97 that wander from a start to an end which differ by 0.15 or more."""
    while True:
        start, end = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9)
        if abs(start - end) >= 0.15:
            break
    waves = [(rng.uniform(2, 9), rng.uniform(0, 6.28), rng.uniform(0.02, 0.07)) for _ in range(3)]
    heights = []
    for at in range(count):
        along = at / (count - 1)
        wave = sum(size * math.sin(rate * 6.28 * along + phase) for rate, phase, size in waves)
        # The waves fade at both ends, so that these stay where they were drawn.
        height = start + (end - start) * along + 2 * wave * math.sin(math.pi * along) + rng.uniform(-0.01, 0.01)
        heights.append(min(max(height, 0.03), 0.97))
    return heights


def dense_cloud(rng: random.Random, count: int, level: float) -> list[tuple[float, float]]:
    """`count` points in the unit square around the height `level`; they rise, fall or do neither."""
    slope = rng.choice((0.35, -0.35, 0.0))
    points = []
    for _ in range(count):
        x = rng.uniform(0.04, 0.96)
        y = level + slope * (x - 0.5) + rng.gauss(0, 0.045)
        points.append((x, min(max(y, 0.02), 0.98)))
    return points


def correlation(pairs: list[tuple[float, float]]) -> float:
    """Pearson's r of at least two points; 0 when either side does not vary."""
    count = len(pairs)
    mean_x, mean_y = sum(x for x, _ in pairs) / count, sum(y for _, y in pairs) / count
    up = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    wide, high = sum((x - mean_x) ** 2 for x, _ in pairs), sum((y - mean_y) ** 2 for _, y in pairs)
    return up / math.sqrt(wide * high) if wide and high else 0.0
