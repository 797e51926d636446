from __future__ import annotations

from collections import deque

import pytest

from vision_data.errors import MediaError
from vision_data.generators.transit import best_plans, make_map
from vision_data.generators.transit.routes import best_rides, line_distances, via_stops

METRO = {"Line A": ["Elm", "Oak", "Pine", "Ash"], "Line B": ["Pine", "Fir", "Yew"], "Line C": ["Elm", "Yew"]}


def every_way(metro, start, goal, transfers):
    """All ways with exactly that many transfers between different lines, and their lengths, by exhaustion."""
    found = []
    queue = deque([(start, ())])
    while queue:
        station, rides = queue.popleft()
        if len(rides) > transfers + 1:
            continue
        if station == goal and rides:
            found.append(rides)
        for name, stops in metro.items():
            if station in stops and (not rides or rides[-1][0] != name):
                queue.extend((stop, (*rides, (name, station, stop))) for stop in stops if stop != station)
    return found


def length(metro, rides):
    return sum(abs(list(metro[name]).index(a) - list(metro[name]).index(b)) for name, a, b in rides)


def test_direct_line_beats_a_shorter_way_with_a_change():
    assert best_rides(METRO, "Elm", "Yew") == [[("Line C", "Elm", "Yew")]]
    assert best_rides(METRO, "Ash", "Elm") == [[("Line A", "Ash", "Elm")]]


def test_fewest_stops_decide_between_equal_changes():
    # Ash-Pine-(B) Fir-Yew is 3 stops; Ash-Elm-(C) Yew is 4.
    assert best_rides(METRO, "Ash", "Yew") == [[("Line A", "Ash", "Pine"), ("Line B", "Pine", "Yew")]]


def test_ties_are_all_given():
    square = {"Line 1": ["a", "b", "c"], "Line 2": ["b", "x", "z"], "Line 3": ["c", "z"]}
    plans = best_plans(square, "a", "z")
    assert [[section["route_name"] for section in plan] for plan in plans.values()] == [
        ["Line 1", "Line 2"],
        ["Line 1", "Line 3"],
    ]
    assert list(plans) == ["1", "2"]
    assert plans["1"][1] == {
        "route_name": "Line 2",
        "departure_stop": "b",
        "arrival_stop": "z",
        "num_via_stops": 1,
        "via_stops": ["x"],
    }


def test_parallel_lines_are_two_plans():
    assert len(best_rides({"Line 1": ["a", "b"], "Line 2": ["b", "a"]}, "a", "b")) == 2


def test_via_stops_follow_the_direction_of_travel():
    assert via_stops(METRO, ("Line A", "Ash", "Elm")) == ["Pine", "Oak"]
    assert via_stops(METRO, ("Line A", "Elm", "Oak")) == []


def test_line_distances_count_changes_and_mark_islands():
    far = line_distances(METRO | {"Line D": ["Kew", "Rue"]})
    assert far["Line B", "Line C"] == 1
    assert far["Line A", "Line A"] == 0
    assert far["Line A", "Line D"] == 4


@pytest.mark.parametrize(("start", "goal", "words"), [("Elm", "Elm", "itself"), ("Elm", "Kew", "no route")])
def test_pairs_without_a_route_are_refused(start, goal, words):
    with pytest.raises(MediaError, match=words):
        best_plans(METRO | {"Line D": ["Kew", "Rue"]}, start, goal)


@pytest.mark.parametrize("seed", range(12))
def test_plans_equal_exhaustive_search(seed):
    metro = make_map(seed, "tiny", "test").metro()
    stations = sorted({stop for stops in metro.values() for stop in stops})
    for start in stations:
        for goal in stations:
            if start == goal:
                continue
            plans = [tuple(rides) for rides in best_rides(metro, start, goal)]
            ways = every_way(metro, start, goal, len(plans[0]) - 1)
            assert min(map(len, ways)) == len(plans[0])
            shortest = [rides for rides in ways if len(rides) == len(plans[0])]
            least = min(length(metro, rides) for rides in shortest)
            assert sorted(plans) == sorted(rides for rides in shortest if length(metro, rides) == least)
