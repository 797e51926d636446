from __future__ import annotations

import pickle
from itertools import pairwise

import pytest

from vision_data.errors import MediaError
from vision_data.generators.transit import describe, make_map
from vision_data.generators.transit.paths import Tracks
from vision_data.generators.transit.spec import BRANCH_STOPS, LEVELS

SIZES = {"tiny": 120, "easy": 20, "middle": 8, "hard": 3, "small": 30, "grid": 6, "branched": 8, "crowded": 2}
MAPS = [make_map(seed, level, split) for level, n in SIZES.items() for split in ("train", "test") for seed in range(n)]


def segments(line):
    return [tuple(sorted(pair)) for pair in pairwise(line.path)]


def test_a_seed_names_one_map_for_ever():
    assert describe(make_map(3))[1] == "Red: S U Z A D. Green: A Y J G. Orange: N D V Y Z."


@pytest.mark.parametrize("level", LEVELS)
def test_same_seed_same_map_other_seed_other_map(level):
    assert make_map(5, level) == make_map(5, level)
    assert make_map(5, level) != make_map(6, level)
    assert pickle.loads(pickle.dumps(make_map(5, level))) == make_map(5, level)
    assert len({make_map(5, level), make_map(5, level)}) == 1


def test_splits_share_no_city_no_country_and_no_layout():
    def facts(split):
        maps = [make_map(seed, "tiny", split) for seed in range(300)]
        layouts = {
            tuple(sorted(tuple(dict(made.positions)[stop] for stop in line.stops) for line in made.lines))
            for made in maps
        }
        return {made.city for made in maps}, {made.country for made in maps}, layouts

    train, test = facts("train"), facts("test")
    assert all(one.isdisjoint(other) for one, other in zip(train, test, strict=True))
    assert len(train[0]) > 280
    assert len(train[2]) > 290


def test_every_map_keeps_the_sizes_of_its_level():
    for made in MAPS:
        level = LEVELS[made.level]
        whole, branches = ([line for line in made.lines if bool(line.branch_of) == wanted] for wanted in (False, True))
        assert level.lines[0] <= len(whole) <= level.lines[1]
        assert level.branches[0] <= len(branches) <= level.branches[1]
        assert level.stations[0] <= len(made.stations) <= level.stations[1]
        assert all(level.stops[0] <= len(line.stops) <= level.stops[1] for line in whole)
        assert all(BRANCH_STOPS[0] <= len(line.stops) <= BRANCH_STOPS[1] for line in branches)
        assert all(0 <= col < level.cols and 0 <= row < level.rows for _, (col, row) in made.positions)
        assert len({line.colour for line in whole}) == len(whole)


def test_stations_and_their_places_are_unique_and_named_by_every_line():
    for made in MAPS:
        assert len(set(made.stations)) == len(made.stations) == len({node for _, node in made.positions})
        assert {stop for line in made.lines for stop in line.stops} == set(made.stations)
        assert all(len(set(line.stops)) == len(line.stops) for line in made.lines)
        assert set(made.transfers) == {
            station for station in made.stations if sum(station in line.stops for line in made.lines) > 1
        }
        if LEVELS[made.level].lettered:
            assert all(len(station) == 1 and station.isupper() and station not in "IOQ" for station in made.stations)


def test_lines_share_no_track_and_meet_only_where_both_stop():
    for made in MAPS:
        where = dict(made.positions)
        tracks = [segment for line in made.lines for segment in segments(line)]
        assert len(set(tracks)) == len(tracks)
        for line in made.lines:
            assert [node for node in line.path if node in {where[stop] for stop in line.stops}] == [
                where[stop] for stop in line.stops
            ]
            passed = set(line.path) - {where[stop] for stop in line.stops}
            assert passed.isdisjoint(where.values())
            for other in made.lines:
                if other is not line:
                    assert passed.isdisjoint(other.path)


def test_diagonals_never_cross():
    for made in MAPS:
        diagonals = [
            (min(a[0], b[0]), min(a[1], b[1]))
            for line in made.lines
            for a, b in segments(line)
            if a[0] != b[0] and a[1] != b[1]
        ]
        assert len(set(diagonals)) == len(diagonals)
        assert LEVELS[made.level].diagonal or not diagonals


def test_a_branch_begins_at_a_station_of_its_line_in_its_colour():
    branches = [(made, line) for made in MAPS for line in made.lines if line.branch_of]
    assert {made.level for made, _ in branches} >= {"branched"}
    for made, line in branches:
        parent = made.line(line.branch_of)
        assert line.name == parent.name.replace("Line", "Branch")
        assert parent.name not in line.name
        assert line.colour == parent.colour
        assert line.stops[0] in parent.stops or line.stops[-1] in parent.stops
        assert not parent.branch_of
        assert [other.branch_of for other in made.lines].count(parent.name) == 1


def test_crowded_maps_are_the_fullest():
    most = {level: max(len(made.stations) for made in MAPS if made.level == level) for level in SIZES}
    assert most["crowded"] > most["hard"] > most["middle"]


def test_a_crossing_diagonal_is_not_free():
    tracks = Tracks(LEVELS["easy"])
    tracks.build([(0, 0), (1, 1)])
    assert not tracks.free((1, 0), (0, 1))
    assert not tracks.free((1, 1), (0, 0))
    assert not tracks.free((0, 0), (-1, 0))
    assert tracks.free((0, 0), (1, 0))


def test_stops_run_from_the_upper_end():
    for made in MAPS:
        where = dict(made.positions)
        for line in made.lines:
            assert where[line.stops[0]][::-1] < where[line.stops[-1]][::-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"level": "tinny"}, "did you mean 'tiny'"),
        ({"level": "zzz"}, "use one of tiny, easy, middle, hard"),
        ({"split": "tset"}, "did you mean 'test'"),
    ],
)
def test_unknown_words_get_a_proposal(arguments, words):
    with pytest.raises(MediaError, match=words):
        make_map(0, **arguments)


def test_unknown_line_gets_a_proposal():
    with pytest.raises(MediaError, match="did you mean 'Red Line'"):
        make_map(3).line("Red Lin")
