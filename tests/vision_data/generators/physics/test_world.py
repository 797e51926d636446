from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from vision_data.errors import MediaError
from vision_data.generators.physics.certain import Statement, truth
from vision_data.generators.physics.making import make_world
from vision_data.generators.physics.motion import Disc, simulate
from vision_data.generators.physics.spec import LEVELS, Level


@cache
def worlds():
    return [make_world(seed, level, split) for level in LEVELS for split in ("train", "test") for seed in range(4)]


def test_a_seed_is_a_world_and_the_splits_share_none():
    assert make_world(3) == make_world(3)
    assert make_world(3) != make_world(4)
    train = {make_world(seed).bodies for seed in range(15)}
    assert len(train) == 15
    assert train.isdisjoint(make_world(seed, split="test").bodies for seed in range(15))


def test_worlds_keep_to_their_dials():
    for world in worlds():
        level = world.level
        assert level.objects[0] <= len(world.bodies) <= level.objects[1]
        hits = [event for event in world.seen() if event["type"] == "collision"]
        assert level.collisions[0] <= len(hits) <= level.collisions[1]
        names = [world.name(body) for body in range(len(world.bodies))]
        assert len(set(names)) == len(names)


def test_every_object_is_seen_whole_in_some_frames():
    for world in worlds():
        history, radius = world.simulate(), world.level.radius
        for body in range(len(world.bodies)):
            states = [history.state(body, at / world.level.fps) for at in range(world.level.frames)]
            whole = [s for s in states if s and all(radius <= value <= 1 - radius for value in s[0])]
            assert len(whole) >= 3


@pytest.mark.parametrize("scale", [0.89, 0.95, 1.05, 1.11])
def test_what_is_shown_does_not_hang_on_a_pixel(scale):
    agree = 0
    for world in worlds():
        discs = tuple(body.disc for body in world.bodies)
        other = simulate(discs, world.level.radius * scale, world.level.friction, world.level.duration)
        hits = [list(event.bodies) for event in other.events if event.kind == "collision"]
        agree += hits == [event["objects"] for event in world.seen() if event["type"] == "collision"]
    assert agree >= 0.95 * len(worlds())


def test_events_are_in_order_and_within_the_video():
    for world in worlds():
        times = [event["time"] for event in world.seen()]
        assert times == sorted(times)
        assert all(0 < time <= world.level.duration for time in times)
        for event in world.seen():
            assert (event["frame"] - 1) / world.level.fps < event["time"] + 1e-3
            assert event["time"] <= event["frame"] / world.level.fps + 1e-3


def test_a_near_miss_and_an_event_at_the_end_are_unknown():
    def worlds(offset):
        discs = (Disc((0.2, 0.5), (0.5, 0.0), 1.0, 0.0), Disc((0.6, 0.5 + offset), (0.0, 0.0), 1.0, 0.0))
        return [simulate(discs, 0.05 * scale, 0.0, 3.0) for scale in (1, 0.88, 1.12)]

    hit = Statement("collision", (0, 1))
    assert truth(worlds(0.05), hit, 0.0, 1.0, 0.1) is True
    assert truth(worlds(0.13), hit, 0.0, 1.0, 0.1) is False
    assert truth(worlds(0.105), hit, 0.0, 1.0, 0.1) is None
    assert truth(worlds(0.095), hit, 0.0, 1.0, 0.1) is None
    assert truth(worlds(0.0), hit, 0.0, 0.65, 0.1) is None
    assert truth(worlds(0.0), hit, 0.65, 1.0, 0.1) is None


@pytest.mark.parametrize(
    ("dials", "words"),
    [
        ({"size": 90}, "size"),
        ({"size": 113}, "even"),
        ({"frames": 4}, "frames must be 8 to 512, got 4"),
        ({"fps": 0}, "fps"),
        ({"objects": (5, 3)}, "objects"),
        ({"objects": (1, 3)}, "objects"),
        ({"speed": (0.0, 1.0)}, "speed"),
        ({"speed": (0.5, 2.0)}, "raise fps"),
        ({"friction": -0.1}, "friction"),
        ({"radius": 0.2}, "radius"),
        ({"collisions": (2, 1)}, "collisions"),
    ],
)
def test_bad_dials_are_refused(dials, words):
    with pytest.raises(MediaError, match=words):
        replace(Level(), **dials)


def test_unknown_words_and_impossible_worlds_are_refused():
    with pytest.raises(MediaError, match="did you mean 'tiny'"):
        make_world(0, "tinny")
    with pytest.raises(MediaError, match="unknown split 'dev'"):
        make_world(0, split="dev")


@pytest.mark.slow
def test_a_level_without_room_for_its_collisions_ends_in_an_error():
    with pytest.raises(MediaError, match="found no world"):
        make_world(0, Level(frames=8, objects=(2, 2), collisions=(8, 8)))


def test_friction_slows_and_speed_is_a_dial():
    fast = make_world(1, Level(speed=(0.6, 0.68)))
    assert max(abs(value) for body in fast.bodies for value in body.velocity) > 0.4
    slow = make_world(1, Level(speed=(0.1, 0.2), frames=40))
    assert all(abs(value) <= 0.2 for body in slow.bodies for value in body.velocity)
    still = make_world(1, Level(friction=1.0, speed=(0.5, 0.6), frames=24))
    history, end = still.simulate(), still.level.duration
    speeds = [abs(v) for body in range(len(still.bodies)) if (s := history.state(body, end)) for v in s[1]]
    assert max(speeds) < 0.1
