"""Worlds in which nothing that is asked about is a matter of pixels. Not from a paper."""

from __future__ import annotations

import zlib
from itertools import combinations, pairwise

from vision_data.errors import MediaError
from vision_data.generators.physics.certain import Statement, truth
from vision_data.generators.physics.motion import Event, History
from vision_data.generators.physics.scatter import scatter
from vision_data.generators.physics.spec import SPLITS, Level, known, level_of
from vision_data.generators.physics.world import World
from vision_data.generators.seeds import rng_for

_ROUNDS, _TRIES = 10, 2000
_WHOLE = 3  # frames in which every object must be seen whole
_LINKED = 0.7  # share of worlds with several collisions in which one object has part in two
_COMING = 0.5  # share of worlds in which a collision is about to happen when the video ends


def make_world(seed: int, level: Level | str = "tiny", split: str = "train") -> World:
    """The world of a seed; no arrangement of objects is in both splits.

    Every collision, entry and exit in the video is clear: it also happens with slightly smaller and larger discs, and
    not within 1.5 frames of the end. About half of the worlds go on with a collision soon after the video.

    Args:
        seed: any whole number.
        level: name of a level (tiny, easy, middle, hard) or your own.
        split: train or test.

    Raises:
        MediaError: the level or the split is unknown, or a level of your own leaves no room for its collisions.
    """
    dials, index = level_of(level), SPLITS.index(known("split", split, SPLITS))
    rng = rng_for("physics", split, seed, dials)
    for _ in range(_ROUNDS):
        count, wanted = rng.randint(*dials.objects), rng.randint(*dials.collisions)
        linked, coming = wanted > 1 and rng.random() < _LINKED, rng.random() < _COMING
        for _ in range(_TRIES):
            bodies = scatter(rng, dials, count)
            if bodies is None or zlib.crc32(repr(sorted(map(repr, bodies))).encode()) % len(SPLITS) != index:
                continue
            world = World(seed, split, dials, bodies)
            if _eventful(world, wanted, linked, coming) and _clear(world):
                return world
    raise MediaError(
        f"physics video: found no world with {dials.objects} objects and {dials.collisions} collisions in "
        f"{dials.duration:.3g} seconds; ask for fewer collisions, more frames, more objects or more speed"
    )


def _hits(world: World, history: History) -> list[Event]:
    """Collisions that the video shows."""
    return [e for e in history.events if e.kind == "collision" and e.time <= world.level.duration]


def _eventful(world: World, wanted: int, linked: bool, coming: bool) -> bool:
    """Whether, as one simulation tells, the video shows so many collisions, two of an object, and one more comes."""
    history = world.simulate()
    hits = _hits(world, history)
    if len(hits) != wanted:
        return False
    if linked and not any(set(one.bodies) & set(other.bodies) for one, other in combinations(hits, 2)):
        return False
    start, end = world.level.duration + world.slack, world.horizon - world.slack
    return not coming or any(event.kind == "collision" and start < event.time < end for event in history.events)


def _clear(world: World) -> bool:
    """Whether all that the video shows is seen well, and is no matter of pixels."""
    level, variants = world.level, world.variants()
    hits, end = _hits(world, variants[0]), level.duration
    times = [-world.slack / 2, *(event.time for event in hits), end - world.slack / 2]
    if any(late - early < world.slack for early, late in pairwise(times)):
        return False
    order = [event.bodies for event in hits]
    if any(history.clash or [e.bodies for e in _hits(world, history)] != order for history in variants):
        return False
    if any(not _in_view(world, variants[0], body, event.time, 0.5) for event in hits for body in event.bodies):
        return False
    numbers = range(len(world.bodies))
    said = [Statement("exit", (body,)) for body in numbers]
    said += [Statement("collision", pair) for pair in combinations(numbers, 2)]
    if any(truth(variants, statement, 0.0, end, world.slack) is None for statement in said):
        return False
    stills = [at / level.fps for at in range(level.frames)]
    whole = (sum(_in_view(world, variants[0], body, time, 1.0) for time in stills) for body in numbers)
    return all(count >= _WHOLE for count in whole)


def _in_view(world: World, history: History, body: int, time: float, share: float) -> bool:
    """Whether the object's middle is inside the picture by this share of its radius."""
    state = history.state(body, time)
    low = world.level.radius * share
    return state is not None and all(low <= value <= 1 - low for value in state[0])
