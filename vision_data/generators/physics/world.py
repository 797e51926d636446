"""Objects on a table that a camera sees from above. Not from a paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vision_data.generators.physics.certain import SLACK, histories
from vision_data.generators.physics.motion import Disc, History, Pair, Vector, simulate
from vision_data.generators.physics.spec import DENSITIES, Level

_DIGITS = 4


@dataclass(frozen=True)
class Body:
    """One object: looks, and where it is (sides of the picture, y down) and how fast when it first exists."""

    colour: str
    kind: str
    material: str
    start: Vector
    velocity: Vector
    enters: float

    @property
    def disc(self) -> Disc:
        """What physics sees of it."""
        return Disc(self.start, self.velocity, DENSITIES[self.material], self.enters)


@dataclass(frozen=True)
class World:
    """What one video shows: everything else follows from it."""

    seed: int
    split: str
    level: Level
    bodies: tuple[Body, ...]

    @property
    def slack(self) -> float:
        """Seconds by which an event must be clear of the ends of a stretch of time."""
        return SLACK / self.level.fps

    @property
    def horizon(self) -> float:
        """Second to which "next" reaches: about half the video's length after its end."""
        return self.level.duration + max(0.1, round(self.level.duration / 2, 1))

    def simulate(self, without: tuple[int, ...] = (), ghosts: tuple[Pair, ...] = ()) -> History:
        """Everything up to the horizon, with objects taken away or pairs that pass through each other."""
        level = self.level
        discs = tuple(body.disc for body in self.bodies)
        return simulate(discs, level.radius, level.friction, self.horizon + 2 * self.slack, without, ghosts)

    def variants(self, without: tuple[int, ...] = (), ghosts: tuple[Pair, ...] = ()) -> tuple[History, ...]:
        """The same, with worlds of slightly smaller and larger discs after it."""
        return _variants(self, without, ghosts)

    def name(self, body: int) -> str:
        """Shortest description that fits one object alone: colour and shape, or material before them."""
        own = self.bodies[body]
        alike = sum((other.colour, other.kind) == (own.colour, own.kind) for other in self.bodies)
        words = (own.colour, own.kind) if alike == 1 else (own.material, own.colour, own.kind)
        return " ".join(words)

    def seen(self) -> list[dict[str, Any]]:
        """The events that the video shows, as JSON: time in seconds, frame, kind, objects, place in pixels."""
        return log(self, self.simulate(), 0.0, self.level.duration)


@lru_cache(maxsize=256)
def _variants(world: World, without: tuple[int, ...], ghosts: tuple[Pair, ...]) -> tuple[History, ...]:
    level = world.level
    discs = tuple(body.disc for body in world.bodies)
    return histories(discs, level.radius, level.friction, world.horizon + 2 * world.slack, without, ghosts)


def log(world: World, history: History, start: float, end: float) -> list[dict[str, Any]]:
    """Events after `start` and not after `end`, as JSON.

    Fields: time (seconds), frame (the first that shows it), type, objects, place (pixels).
    """
    return [
        {
            "time": round(event.time, _DIGITS),
            "frame": math.ceil(event.time * world.level.fps),
            "type": event.kind,
            "objects": list(event.bodies),
            "place": [round(value * world.level.size, 2) for value in event.place],
        }
        for event in history.events
        if start < event.time <= end
    ]
