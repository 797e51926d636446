"""Elastic discs on a table with drag, computed from event to event without time steps. Not from a paper.

All discs feel the drag v' = -friction v, so in the clock s(t) = (1 - exp(-friction t)) / friction every one moves
straight and evenly between collisions: contacts are roots of a quadratic, exact for any friction.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

Vector = tuple[float, float]
Pair = tuple[int, int]
MOST_EVENTS = 500


class Disc(NamedTuple):
    """A disc: at second `enters` it is at `start` (sides) with `velocity` (sides per second); before, it is nowhere."""

    start: Vector
    velocity: Vector
    mass: float
    enters: float


class Event(NamedTuple):
    """What happens at a `time` in seconds: `enter`, `exit` or `collision`; `bodies` ascend, `place` is in sides."""

    time: float
    kind: str
    bodies: tuple[int, ...]
    place: Vector


class Leg(NamedTuple):
    """Straight motion from clock `since`: place + speed (clock - since)."""

    since: float
    place: Vector
    speed: Vector

    def at(self, clock: float) -> Vector:
        """Where the disc is."""
        return self.place[0] + self.speed[0] * (clock - self.since), self.place[1] + self.speed[1] * (
            clock - self.since
        )


@dataclass(frozen=True)
class History:
    """All that happens until a time.

    Attributes:
        events: in order of time.
        legs: of each disc (empty for one that takes no part), in order of the clock.
        exits: clock at which a disc is wholly out of the picture, if it is.
        friction: of the table, per second.
        clash: whether a disc was to enter where another one is; what follows is then meaningless.
    """

    events: tuple[Event, ...]
    legs: tuple[tuple[Leg, ...], ...]
    exits: tuple[float | None, ...]
    friction: float
    clash: bool

    def state(self, body: int, time: float) -> tuple[Vector, Vector] | None:
        """Place (sides) and velocity (sides per second) of a disc at a time, or None while it is not there."""
        clock = clock_at(time, self.friction)
        legs, gone = self.legs[body], self.exits[body]
        if not legs or clock < legs[0].since or (gone is not None and clock >= gone):
            return None
        leg = next(leg for leg in reversed(legs) if leg.since <= clock)
        slow = math.exp(-self.friction * time)
        return leg.at(clock), (leg.speed[0] * slow, leg.speed[1] * slow)


def clock_at(time: float, friction: float) -> float:
    """The clock in which motion is even."""
    return -math.expm1(-friction * time) / friction if friction else time


def time_at(clock: float, friction: float) -> float:
    """The time of a clock; infinite where the clock never gets."""
    if not friction:
        return clock
    return -math.log1p(-friction * clock) / friction if friction * clock < 1 else math.inf


def simulate(
    discs: tuple[Disc, ...],
    radius: float,
    friction: float,
    until: float,
    without: Collection[int] = (),
    ghosts: Collection[Pair] = (),
) -> History:
    """Run the discs until a time.

    Args:
        discs: all of them; their numbers are their indices.
        radius: of every disc, sides of the picture.
        friction: rate at which speed is lost, per second.
        until: seconds.
        without: discs that are taken away.
        ghosts: pairs (ascending) that pass through each other.
    """
    run = _Run(discs, radius, friction, frozenset(without), frozenset(ghosts))
    end = clock_at(until, friction)
    while not run.clash and len(run.events) < MOST_EVENTS and run.step(end):
        pass
    exits = tuple(run.exits.get(body) for body in range(len(discs)))
    return History(tuple(run.events), tuple(map(tuple, run.legs)), exits, friction, run.clash)


class _Run:
    """The state of a simulation; `now` is its clock."""

    def __init__(
        self, discs: tuple[Disc, ...], radius: float, friction: float, without: frozenset[int], ghosts: frozenset[Pair]
    ) -> None:
        self.discs, self.radius, self.friction, self.ghosts = discs, radius, friction, ghosts
        self.now, self.clash = 0.0, False
        self.events: list[Event] = []
        self.legs: list[list[Leg]] = [[] for _ in discs]
        self.exits: dict[int, float] = {}
        self.active: list[int] = []
        self.waiting = sorted((disc.enters, at) for at, disc in enumerate(discs) if at not in without)
        while self.waiting and self.waiting[0][0] <= 0:
            self._start(self.waiting.pop(0)[1])

    def step(self, end: float) -> bool:
        """Do what happens next; False when nothing does before `end`."""
        ahead: list[tuple[float, int, tuple[int, ...]]] = []
        if self.waiting:
            ahead.append((clock_at(self.waiting[0][0], self.friction), 0, (self.waiting[0][1],)))
        ahead += [(self._leaves(body), 1, (body,)) for body in self.active]
        pairs = [pair for pair in combinations(sorted(self.active), 2) if pair not in self.ghosts]
        ahead += [(self._meets(*pair), 2, pair) for pair in pairs]
        clock, what, bodies = min(ahead, default=(math.inf, 0, ()))
        if clock > end:
            return False
        self.now = clock
        (self._enter, self._exit, self._collide)[what](*bodies)
        return True

    def _start(self, body: int) -> None:
        disc = self.discs[body]
        push = math.exp(self.friction * disc.enters)
        leg = Leg(self.now, disc.start, (disc.velocity[0] * push, disc.velocity[1] * push))
        near = [math.dist(self.legs[other][-1].at(self.now), disc.start) for other in self.active]
        self.clash = self.clash or min(near, default=math.inf) < 2 * self.radius
        self.legs[body].append(leg)
        self.active.append(body)

    def _log(self, kind: str, bodies: tuple[int, ...], place: Vector) -> None:
        self.events.append(Event(time_at(self.now, self.friction), kind, bodies, place))

    def _enter(self, body: int) -> None:
        self.waiting.pop(0)
        self._start(body)
        self._log("enter", (body,), self.discs[body].start)

    def _exit(self, body: int) -> None:
        self.active.remove(body)
        self.exits[body] = self.now
        self._log("exit", (body,), self.legs[body][-1].at(self.now))

    def _leaves(self, body: int) -> float:
        """Clock at which the disc has wholly left the picture."""
        leg = self.legs[body][-1]
        soonest = math.inf
        for place, speed in zip(leg.at(self.now), leg.speed, strict=True):
            if speed:
                edge = 1 + self.radius if speed > 0 else -self.radius
                soonest = min(soonest, self.now + max(0.0, (edge - place) / speed))
        return soonest

    def _apart(self, one: int, other: int) -> tuple[Vector, Vector]:
        """Place and speed of the other disc as seen from the one."""
        a, b = self.legs[one][-1], self.legs[other][-1]
        (ax, ay), (bx, by) = a.at(self.now), b.at(self.now)
        return (bx - ax, by - ay), (b.speed[0] - a.speed[0], b.speed[1] - a.speed[1])

    def _meets(self, one: int, other: int) -> float:
        """Clock of contact: the first root of |gap + speed s| = 2 radius, in the form that loses no digits."""
        (x, y), (u, v) = self._apart(one, other)
        closing, square = x * u + y * v, u * u + v * v
        beyond = x * x + y * y - 4 * self.radius**2
        inside = closing * closing - square * beyond
        if closing >= 0 or inside < 0:
            return math.inf
        return self.now + max(0.0, beyond / (-closing + math.sqrt(inside)))

    def _collide(self, one: int, other: int) -> None:
        (x, y), (u, v) = self._apart(one, other)
        length = math.hypot(x, y)
        x, y = x / length, y / length
        m, n = self.discs[one].mass, self.discs[other].mass
        push = 2 * m * n / (m + n) * (u * x + v * y)
        for body, mass, sign in ((one, m, 1), (other, n, -1)):
            leg = self.legs[body][-1]
            speed = (leg.speed[0] + sign * push / mass * x, leg.speed[1] + sign * push / mass * y)
            self.legs[body].append(Leg(self.now, leg.at(self.now), speed))
        near = self.legs[one][-1].place
        self._log("collision", (one, other), (near[0] + x * self.radius, near[1] + y * self.radius))
