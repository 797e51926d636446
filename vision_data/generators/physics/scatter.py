"""Draw objects that rest, drift and enter, on courses that often meet. Not from a paper."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from vision_data.generators.physics.motion import Vector, clock_at
from vision_data.generators.physics.spec import COLOURS, KINDS, MATERIALS, Level
from vision_data.generators.physics.world import Body

_DIGITS = 4
_AIMS = 12  # courses tried for each object
_MEETING = 0.8  # share of moving objects that are sent to meet another
_DRIFTING = 0.4  # share of the objects there from the beginning that move


def scatter(rng: random.Random, level: Level, count: int) -> tuple[Body, ...] | None:
    """That many objects, or None when one found no room or no course."""
    bodies: list[Body] = []
    entering = rng.randint(1, max(1, (2 * count) // 3))
    for at, look in enumerate(_looks(rng, count)):
        enters = at >= count - entering
        start = _edge(rng, level.radius) if enters else _inside(rng, 2 * level.radius)
        since = round(rng.uniform(1 / level.fps, 0.6 * level.duration), _DIGITS) if enters else 0.0
        if not enters and any(math.dist(start, other.start) < 3 * level.radius for other in bodies):
            return None
        moves = enters or rng.random() < _DRIFTING
        velocity = _course(rng, level, bodies, start, since) if moves else (0.0, 0.0)
        if velocity is None:
            return None
        bodies.append(Body(*look, start, velocity, since))
    rng.shuffle(bodies)
    return tuple(bodies)


def _looks(rng: random.Random, count: int) -> list[tuple[str, str, str]]:
    """Different looks; about one object in five repeats the colour of another."""
    looks: list[tuple[str, str, str]] = []
    while len(looks) < count:
        again = looks and rng.random() < 0.2
        colour = rng.choice(looks)[0] if again else rng.choice(tuple(COLOURS))
        look = (colour, rng.choice(KINDS), rng.choice(MATERIALS))
        if look not in looks:
            looks.append(look)
    return looks


def _inside(rng: random.Random, margin: float) -> Vector:
    return round(rng.uniform(margin, 1 - margin), _DIGITS), round(rng.uniform(margin, 1 - margin), _DIGITS)


def _edge(rng: random.Random, radius: float) -> Vector:
    """A place just outside one of the four sides."""
    along, side = round(rng.uniform(0.12, 0.88), _DIGITS), rng.choice((-radius, 1 + radius))
    return (along, side) if rng.random() < 0.5 else (side, along)


def _course(rng: random.Random, level: Level, others: Sequence[Body], start: Vector, since: float) -> Vector | None:
    """A velocity within the level's range: towards where another object will be, or across the picture."""
    for _ in range(_AIMS):
        if others and rng.random() < _MEETING:
            meeting = rng.uniform(since, 1.4 * level.duration)
            x, y = _place(rng.choice(others), meeting, level.friction)
            goal = x + rng.uniform(-level.radius, level.radius), y + rng.uniform(-level.radius, level.radius)
            path = clock_at(meeting - since, level.friction)
        else:
            goal = _inside(rng, 0.3)
            path = math.dist(goal, start) / rng.uniform(*level.speed)
        if path <= 0:
            continue
        velocity = round((goal[0] - start[0]) / path, _DIGITS), round((goal[1] - start[1]) / path, _DIGITS)
        if level.speed[0] <= math.hypot(*velocity) <= level.speed[1]:
            return velocity
    return None


def _place(body: Body, time: float, friction: float) -> Vector:
    """Where an object would be that meets nobody."""
    path = clock_at(max(0.0, time - body.enters), friction)
    return body.start[0] + body.velocity[0] * path, body.start[1] + body.velocity[1] * path
