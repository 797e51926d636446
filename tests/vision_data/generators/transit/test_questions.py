from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from vision_data.errors import MediaError
from vision_data.generators.transit import ALL_TYPES, make_map, questions

SIZES = {"tiny": 400, "easy": 15, "middle": 6, "hard": 3, "small": 20, "branched": 6, "crowded": 1}
RECORDS = [
    record
    for level, count in SIZES.items()
    for seed in range(count)
    for record in questions(make_map(seed, level), seed, per_type=1 if level == "tiny" else 3)
]


def of(kind):
    return [record for record in RECORDS if record["type"] == kind]


def named_lines(metro, station):
    return {name for name, stops in metro.items() if station in stops}


def recomputed(record):
    """The answer from the metro data and the words of the question alone."""
    metro, text = record["json"], record["question"]
    mentioned = [name for name in metro if re.search(rf"\b{name}\b", text)]
    if record["type"] == "TorF1":
        one, other = re.search(r"stations (\w+) and (\w+) on", text).groups()
        return int(any(one in stops and other in stops for stops in metro.values()))
    if record["type"] == "TorF2":
        station = re.search(r"Is station (\w+) on", text).group(1)
        assert len(mentioned) == 1
        return int(station in metro[mentioned[0]])
    if record["type"] == "Counting1":
        one, other = re.search(r"between (\w+) and (\w+) on", text).groups()
        stops = metro[mentioned[0]]
        between = abs(stops.index(one) - stops.index(other)) - 1
        offered = dict(re.findall(r"([ABCD])\) (\d+)", text))
        return "ABCD".index(next(letter for letter, value in offered.items() if int(value) == between))
    if record["type"] == "Counting2":
        return len(named_lines(metro, re.search(r"at station (\w+)\?", text).group(1)))
    return len(metro)


def test_every_answer_follows_from_the_metro_data():
    assert {record["type"] for record in RECORDS} == set(ALL_TYPES)
    for record in RECORDS:
        if record["type"] != "planning":
            assert recomputed(record) == record["answer"]


def test_plans_lead_from_the_first_to_the_second_station_with_their_via_stops():
    for record in of("planning"):
        assert record["answer"] is None
        assert f"from {record['station_1']} to {record['station_2']}" in record["question"]
        for plan in record["routes"].values():
            assert plan[0]["departure_stop"] == record["station_1"]
            assert plan[-1]["arrival_stop"] == record["station_2"]
            assert len(plan) == record["question_transfer_count"] + 1
            for section, following in pairwise(plan):
                assert section["arrival_stop"] == following["departure_stop"]
            for section in plan:
                stops = record["json"][section["route_name"]]
                start, end = stops.index(section["departure_stop"]), stops.index(section["arrival_stop"])
                low, high = sorted((start, end))
                via = stops[low + 1 : high]
                assert section["via_stops"] == (via if start < end else via[::-1])
                assert section["num_via_stops"] == len(via)


def test_difficulties_and_city_counts():
    for record in RECORDS:
        lines = record["json"]
        stations = {stop for stops in lines.values() for stop in stops}
        assert record["city_line_count"] == len(lines)
        assert record["city_transfer_count"] == sum(len(named_lines(lines, stop)) > 1 for stop in stations)
        levels = {0: "easy", 1: "middle", 2: "hard", 3: "hard"}
        assert record["difficulty_question"] == levels[record["question_transfer_count"]]
        assert record["difficulty_city"] in ("easy", "middle", "hard")


def test_tiny_maps_are_easy_with_two_lines_and_middle_with_three():
    for seed in range(30):
        for record in questions(make_map(seed), 0):
            assert record["difficulty_city"] == {2: "easy", 3: "middle"}[record["city_line_count"]]


@pytest.mark.parametrize("kind", ["TorF1", "TorF2"])
def test_yes_and_no_come_equally_often(kind):
    answers = Counter(record["answer"] for record in of(kind))
    assert abs(answers[0] - answers[1]) < 0.12 * len(of(kind))


def test_option_letters_are_uniform_and_options_differ():
    letters = Counter(record["answer"] for record in of("Counting1"))
    assert all(0.18 < letters[at] / sum(letters.values()) < 0.32 for at in range(4))
    for record in of("Counting1"):
        assert len(set(record["options"])) == 4
        assert min(record["options"]) >= 0


def test_no_option_is_more_often_right_by_its_rank():
    ranks = Counter(sorted(record["options"]).index(record["options"][record["answer"]]) for record in of("Counting1"))
    assert max(ranks.values()) < 0.4 * sum(ranks.values())


def test_counts_and_transfers_are_mixed():
    lines = Counter(record["answer"] for record in of("Counting2"))
    assert abs(lines[1] - lines[2]) < 0.15 * len(of("Counting2"))
    transfers = Counter(record["question_transfer_count"] for record in of("planning"))
    assert transfers[0] > 0.3 * len(of("planning"))
    assert transfers[1] > 0.3 * len(of("planning"))
    assert transfers[2] > 0
    assert transfers[3] > 0


def test_many_questions_on_one_map_are_all_different():
    made = make_map(1, "middle")
    for kind in ALL_TYPES:
        texts = [record["question"] for record in questions(made, 0, [kind], per_type=8)]
        assert len(set(texts)) == len(texts) == (1 if kind == "Counting3" else 8)


def test_a_small_map_runs_out_of_questions_quietly():
    made = make_map(0)
    asked = questions(made, 0, ["Counting2"], per_type=200)
    assert len(made.transfers) < len(asked) <= len(made.stations)


def test_same_seed_same_questions_and_a_type_does_not_depend_on_the_others():
    made = make_map(4)
    assert questions(made, 7) == questions(made, 7)
    assert questions(made, 7, ["planning"]) == [record for record in questions(made, 7) if record["type"] == "planning"]
    assert any(questions(made, 7) != questions(made, seed) for seed in range(8, 12))


def test_tiny_questions_are_short():
    assert max(len(record["question"]) for record in RECORDS if record["station_1"].isupper()) < 130


@pytest.mark.parametrize(
    ("arguments", "words"), [({"types": ["TorF"]}, "did you mean 'TorF"), ({"per_type": 0}, "at least 1, got 0")]
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(MediaError, match=words):
        questions(make_map(0), 0, **arguments)
