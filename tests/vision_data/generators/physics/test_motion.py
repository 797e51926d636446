from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vision_data.generators.physics.motion import Disc, simulate

RADIUS = 0.05
UNTIL = 3.0
unit = st.integers(0, 1000).map(lambda value: value / 1000)
speed = st.integers(-800, 800).map(lambda value: value / 1000)
disc = st.builds(
    Disc, st.tuples(unit, unit), st.tuples(speed, speed), st.sampled_from([0.5, 1.0, 2.0, 3.0]), st.just(0.0)
)
tables = st.lists(disc, min_size=2, max_size=6).map(tuple)


def apart(discs):
    return all(math.dist(a.start, b.start) > 2 * RADIUS for a, b in combinations(discs, 2))


def totals(discs, history, time):
    """Momentum and energy of all that is there, and how many that are."""
    there = [(d.mass, s[1]) for at, d in enumerate(discs) if (s := history.state(at, time))]
    momentum = [sum(mass * v[axis] for mass, v in there) for axis in range(2)]
    return momentum, sum(mass * math.hypot(*v) ** 2 / 2 for mass, v in there), len(there)


@given(tables)
def test_without_friction_collisions_keep_momentum_and_energy(discs):
    assume(apart(discs))
    history = simulate(discs, RADIUS, 0.0, UNTIL)
    assert not history.clash
    for event in history.events:
        if event.kind != "collision":
            continue
        # Legs before the event and after it; one that began at the same instant counts as after.
        was = [[leg for leg in history.legs[body] if leg.since < event.time] for body in event.bodies]
        now = [[leg for leg in history.legs[body] if leg.since == event.time] for body in event.bodies]
        if any(not legs for legs in was) or any(len(legs) != 1 for legs in now):
            continue  # several collisions at one instant
        masses = [discs[body].mass for body in event.bodies]
        for axis in range(2):
            old, new = (sum(m * legs[-1].speed[axis] for m, legs in zip(masses, s, strict=True)) for s in (was, now))
            assert new == pytest.approx(old, abs=1e-9)
        old, new = (
            sum(m * math.hypot(*legs[-1].speed) ** 2 for m, legs in zip(masses, s, strict=True)) for s in (was, now)
        )
        assert new == pytest.approx(old, rel=1e-6)


@given(tables, st.sampled_from([0.0, 0.3, 2.0]))
def test_the_whole_table_loses_speed_to_drag_alone(discs, friction):
    assume(apart(discs))
    history = simulate(discs, RADIUS, friction, UNTIL)
    leaves = [event.time for event in history.events if event.kind == "exit"]
    end = min([*leaves, UNTIL]) * 0.999
    (px, py), energy, count = totals(discs, history, 0.0)
    assume(count == len(discs) and end > 0)
    (qx, qy), rest, _ = totals(discs, history, end)
    slow = math.exp(-friction * end)
    assert (qx, qy) == pytest.approx((px * slow, py * slow), abs=1e-6)
    assert rest == pytest.approx(energy * slow**2, rel=1e-6, abs=1e-9)


@given(tables, st.sampled_from([0.0, 0.5]))
def test_discs_never_overlap_and_touch_when_they_collide(discs, friction):
    assume(apart(discs))
    history = simulate(discs, RADIUS, friction, UNTIL)
    moments = [UNTIL * at / 97 for at in range(98)] + [event.time for event in history.events]
    for time in moments:
        places = [state[0] for at in range(len(discs)) if (state := history.state(at, time))]
        assert all(math.dist(a, b) >= 2 * RADIUS - 1e-6 for a, b in combinations(places, 2))
    for event in history.events:
        if event.kind == "collision":
            places = [state[0] for body in event.bodies if (state := history.state(body, event.time))]
            if len(places) == 2:
                assert math.dist(*places) == pytest.approx(2 * RADIUS, abs=1e-6)


@given(tables, st.data())
def test_what_no_chain_of_collisions_reaches_moves_on_unchanged(discs, data):
    assume(apart(discs))
    gone = data.draw(st.integers(0, len(discs) - 1))
    world, other = simulate(discs, RADIUS, 0.2, UNTIL), simulate(discs, RADIUS, 0.2, UNTIL, without=(gone,))
    touched = {gone}
    for event in world.events:
        if event.kind == "collision" and touched & set(event.bodies):
            touched |= set(event.bodies)
    for body in set(range(len(discs))) - touched:
        assert world.legs[body][0] == other.legs[body][0]
        if all(body not in event.bodies for event in world.events if event.kind == "collision"):
            assert other.legs[body] == world.legs[body] or any(body in e.bodies for e in other.events)


def two(mass=1.0, friction=0.0, ghosts=(), offset=0.0):
    """A disc runs at 0.5 sides a second into one at rest, 0.4 sides away."""
    discs = (Disc((0.2, 0.5), (0.5, 0.0), mass, 0.0), Disc((0.6, 0.5 + offset), (0.0, 0.0), 1.0, 0.0))
    return simulate(discs, RADIUS, friction, 1.5, ghosts=ghosts)


def test_equal_discs_head_on_swap_their_speed():
    history = two()
    assert history.events[0][:3] == (pytest.approx(0.6), "collision", (0, 1))
    assert history.events[0].place == pytest.approx((0.55, 0.5))
    assert history.state(0, 1.0) == (pytest.approx((0.5, 0.5)), pytest.approx((0.0, 0.0)))
    assert history.state(1, 1.0) == (pytest.approx((0.8, 0.5)), pytest.approx((0.5, 0.0)))


def test_a_heavy_disc_keeps_a_third_and_gives_four_thirds():
    history = two(mass=2.0)
    assert history.state(0, 0.7)[1] == pytest.approx((0.5 / 3, 0))
    assert history.state(1, 0.7)[1] == pytest.approx((2.0 / 3, 0))


def test_drag_delays_the_meeting_and_slows():
    history = two(friction=1.0)
    assert history.events[0].time == pytest.approx(-math.log(1 - 0.6))
    assert history.state(1, 1.2)[1] == pytest.approx((0.5 * math.exp(-1.2), 0.0))
    assert two(friction=1.7).events == ()  # it would come to rest 0.006 sides before the other


def test_an_oblique_hit_pushes_along_the_line_of_centres():
    history = two(offset=RADIUS)
    after = history.state(1, history.events[0].time + 0.01)[1]
    assert after[1] / after[0] == pytest.approx(math.tan(math.pi / 6))
    assert math.hypot(*after) == pytest.approx(0.5 * math.cos(math.pi / 6))


def test_ghosts_pass_through_each_other():
    history = two(ghosts=((0, 1),))
    assert all(event.kind != "collision" for event in history.events)
    assert history.state(0, 1.0)[0] == pytest.approx((0.7, 0.5))


def test_entering_and_leaving():
    history = simulate((Disc((-RADIUS, 0.5), (1.0, 0.0), 1.0, 0.25),), RADIUS, 0.0, 3.0)
    assert [(event.kind, event.time) for event in history.events] == [
        ("enter", 0.25),
        ("exit", pytest.approx(0.25 + 1 + 2 * RADIUS)),
    ]
    assert history.state(0, 0.2) is None
    assert history.state(0, 0.75)[0] == pytest.approx((0.45, 0.5))
    assert history.state(0, 1.4) is None


def test_entering_on_top_of_another_is_a_clash():
    discs = (Disc((0.0, 0.5), (0.0, 0.0), 1.0, 0.0), Disc((-RADIUS, 0.5), (1.0, 0.0), 1.0, 0.5))
    assert simulate(discs, RADIUS, 0.0, 1.0).clash
    assert not simulate(discs, RADIUS, 0.0, 1.0, without=(0,)).clash
