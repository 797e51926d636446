from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from vision_data.errors import MediaError
from vision_data.generators.kitchen import LEVELS, SPLITS, Level, make_episode, make_room
from vision_data.generators.kitchen.plans import State, after
from vision_data.generators.kitchen.rooms import ALONG_WALLS, NUM_ROOMS
from vision_data.generators.kitchen.tasks import SEEN, UNSEEN


@cache
def many():
    return {split: [make_episode(seed, "tiny", split) for seed in range(80)] for split in SPLITS}


def content(episode):
    return episode.room, episode.task, episode.plan, episode.done, episode.start


def test_a_seed_is_an_episode_and_no_episode_is_in_two_splits():
    assert make_episode(3) == make_episode(3)
    seen = [content(episode) for split in SPLITS for episode in {content(e): e for e in many()[split]}.values()]
    assert len(set(seen)) == len(seen)
    assert len({content(episode) for episode in many()["train"]}) > 70


def test_levels_of_generalisation():
    rooms = {split: {(e.room.stations, e.room.table) for e in many()[split]} for split in SPLITS}
    styles = {split: {e.room.style for e in many()[split]} for split in SPLITS}
    tasks = {split: {e.task for e in many()[split]} for split in SPLITS}
    every = {(room.stations, room.table) for at in range(NUM_ROOMS) if (room := make_room(at, LEVELS["tiny"], True))}
    assert rooms["train"] | rooms["L1"] <= every
    assert rooms["train"] & rooms["L1"]
    for split in ("L2", "L3"):
        assert rooms[split].isdisjoint(every)
        assert styles[split].isdisjoint(styles["train"])
    assert tasks["train"] == tasks["L1"] == tasks["L2"] <= set(SEEN)
    assert tasks["L3"] <= set(UNSEEN)
    assert {task.domain for task in tasks["L3"]} == {task.domain for task in UNSEEN}


def test_kitchens_are_complete_and_every_station_is_reached():
    for level in LEVELS.values():
        for index in range(0, NUM_ROOMS, 5):
            room = make_room(index, level, index % 2 == 0)
            places = dict(room.stations)
            assert set(places) == set(ALONG_WALLS)
            assert len(set(places.values())) == len(places)
            for column, row in places.values():
                on_side, on_end = column in (0, room.cols - 1), row in (0, room.rows - 1)
                assert on_side != on_end  # by a wall, not in a corner
            for start in room.floor():
                for station in (*ALONG_WALLS, "table"):
                    way = room.walk(start, station)
                    assert way[0] == start
                    assert all(room.free(tile) for tile in way)
                    assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(way))
                    assert min(abs(way[-1][0] - c) + abs(way[-1][1] - r) for c, r in room.tiles(station)) == 1


@pytest.mark.parametrize("level", LEVELS)
def test_frames_tell_the_plan(level):
    for split in SPLITS:
        for seed in range(6):
            episode = make_episode(seed, level, split)
            moments, spans = episode.moments()
            assert 4 <= len(moments) <= episode.level.most_frames
            assert len(moments) % 2 == 0
            assert len(spans) == episode.done
            assert moments[0].state == State()
            assert moments[0].cook == episode.start
            state, begin = State(), 1
            for action, (first, last) in zip(episode.plan, spans, strict=False):
                assert first == begin
                state, begin = after(state, action), last + 1
                assert moments[last].station == action.station
                assert moments[last].state == state
                assert all(moment.station in (None, action.station) for moment in moments[first : last + 1])
                beside = episode.room.tiles(action.station)
                assert min(abs(moments[last].cook[0] - c) + abs(moments[last].cook[1] - r) for c, r in beside) == 1
            assert moments[-1].state == episode.state == state
            assert moments[-1].station is None
            for one, two in pairwise(moments):
                away = abs(one.cook[0] - two.cook[0]) + abs(one.cook[1] - two.cook[1])
                assert away <= episode.level.stride


def test_work_is_interrupted_anywhere():
    points = {(episode.done, len(episode.plan)) for split in SPLITS for episode in many()[split]}
    assert {done for done, _ in points} >= set(range(6))
    assert all(done < length for done, length in points)


@pytest.mark.parametrize(
    ("dials", "words"),
    [
        ({"tile": 20}, "tile"),
        ({"tile": 29}, "even"),
        ({"cols": 5}, "cols and rows must be 6 to 12, got 5 and 6"),
        ({"rows": 13}, "rows"),
        ({"foods": (2, 1)}, "foods"),
        ({"foods": (1, 4)}, "foods"),
        ({"stride": 0}, "stride"),
        ({"hold": 0}, "hold"),
        ({"most_frames": 15}, "even"),
        ({"fps": 0.0}, "fps"),
    ],
)
def test_bad_dials_are_refused(dials, words):
    with pytest.raises(MediaError, match=words):
        replace(Level(), **dials)


def test_unknown_words_are_refused():
    with pytest.raises(MediaError, match="did you mean 'tiny'"):
        make_episode(0, "tinny")
    with pytest.raises(MediaError, match="unknown split 'test'; use one of train, L1, L2, L3"):
        make_episode(0, split="test")
