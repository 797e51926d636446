"""What is sure to happen: true or false in every slightly different world, else unknown. Not from a paper."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from vision_data.generators.physics.motion import Disc, History, Pair, simulate

MARGIN = 0.12
"""Share by which the discs are shrunk and grown: what changes with it is a near miss or a graze."""
SLACK = 1.5
"""Frames by which the ends of a stretch of time are moved."""


class Statement(NamedTuple):
    """`collision` of a pair (ascending), or `exit` of one body."""

    kind: str
    bodies: tuple[int, ...]


def histories(
    discs: tuple[Disc, ...],
    radius: float,
    friction: float,
    until: float,
    without: Collection[int] = (),
    ghosts: Collection[Pair] = (),
) -> tuple[History, ...]:
    """The world as it is, then with smaller and with larger discs; arguments as of `simulate`."""
    scales = (1, 1 - MARGIN, 1 + MARGIN)
    return tuple(simulate(discs, radius * scale, friction, until, without, ghosts) for scale in scales)


def holds(history: History, statement: Statement, start: float, end: float) -> bool:
    """Whether it happens after `start` and not after `end`, seconds."""
    return any(
        event.kind == statement.kind and event.bodies == statement.bodies and start < event.time <= end
        for event in history.events
    )


def truth(worlds: Sequence[History], statement: Statement, start: float, end: float, slack: float) -> bool | None:
    """True or false where all worlds agree, with both ends moved by `slack` seconds either way; else None.

    A stretch that begins at 0 begins with the world, and that end stays.
    """
    if any(world.clash for world in worlds):
        return None
    starts = (start,) if start <= 0 else (start - slack, start + slack)
    seen = {
        holds(world, statement, begin, stop)
        for world in worlds
        for begin in starts
        for stop in (end - slack, end + slack)
    }
    return seen.pop() if len(seen) == 1 else None
