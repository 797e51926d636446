from __future__ import annotations

import re
from itertools import pairwise

import pytest

from vision_data.errors import MediaError
from vision_data.generators.transit import describe, explain, make_map, questions

CASES = [
    (record, made)
    for level, count in (("tiny", 250), ("easy", 10), ("middle", 4))
    for made in (make_map(seed, level) for seed in range(count))
    for record in questions(made, 0)
]
SHAPES = {
    "TorF1": r"\w+: [\w ,]+\. \w+: [\w ,]+\. \\boxed\{(yes|no)\}",
    "TorF2": r"\w+: [\w ,]+\. \\boxed\{(yes|no)\}",
    "Counting1": r"[\w ]+: [\w ]+\. Between \w+ and \w+: [\w ]+ = \d+\. \\boxed\{[ABCD]\}",
    "Counting2": r"\w+: [\w ,]+\. \\boxed\{\d+\}",
    "Counting3": r"[\w ,]+\. \\boxed\{\d+\}",
    "planning": r"\w+: [\w ,]+\. \w+: [\w ,]+\. (No change|Change at [\w, ]+)\.\n"
    r"(Route Name: [\w ]+\nDeparture Stop: \w+\nArrival Stop: \w+(\n--\n|$))+",
}


def rides(text):
    return re.findall(r"Route Name: (.+)\nDeparture Stop: (.+)\nArrival Stop: (.+)", text)


def right(record, text):
    """By the rules of the benchmark, from the metro data."""
    if record["type"] == "planning":
        found, metro = rides(text), record["json"]
        return (
            bool(found)
            and found[0][1] == record["station_1"]
            and found[-1][2] == record["station_2"]
            and all(name in metro and {one, other} <= set(metro[name]) for name, one, other in found)
            and all(a[2] == b[1] for a, b in pairwise(found))
        )
    boxed = re.findall(r"\\boxed\{(.+?)\}", text)[-1]
    gold = {"TorF1": ["no", "yes"], "TorF2": ["no", "yes"], "Counting1": "ABCD"}.get(record["type"])
    return boxed == (gold[record["answer"]] if gold else str(record["answer"]))


def test_the_teacher_without_slips_is_always_right():
    for record, made in CASES:
        assert right(record, explain(record, made, seed=0)), record["question"]


def test_a_right_plan_is_one_of_the_gold_plans():
    for record, made in CASES:
        if record["type"] == "planning":
            gold = [
                [(ride["route_name"], ride["departure_stop"], ride["arrival_stop"]) for ride in plan]
                for plan in record["routes"].values()
            ]
            assert rides(explain(record, made, seed=0)) in gold


@pytest.mark.parametrize("slip", [0.0, 0.5, 1.0])
def test_traces_keep_their_shape_whatever_slips(slip):
    for record, made in CASES:
        text = explain(record, made, seed=3, slip=slip)
        assert re.fullmatch(SHAPES[record["type"]], text), text


@pytest.mark.parametrize("kind", SHAPES)
def test_slips_make_answers_wrong_but_not_always(kind):
    def accuracy(slip):
        texts = [(record, explain(record, made, 1, slip)) for record, made in CASES if record["type"] == kind]
        return sum(right(record, text) for record, text in texts) / len(texts)

    assert 0.6 < accuracy(0.12) < 0.97
    assert 0.1 < accuracy(0.5) < 0.75


def test_what_follows_a_misreading_follows_from_it():
    """With the final answer right for the reading, yes means a shared line in the trace."""
    agree = 0
    cases = [case for case in CASES if case[0]["type"] == "TorF1"]
    for record, made in cases:
        text = explain(record, made, seed=2, slip=0.15)
        one, other = (set(part.split(", ")) for part in re.findall(r": ([\w ,]+)\.", text))
        agree += bool(one & other) == ("yes" in text)
    assert 0.78 < agree / len(cases) < 0.92  # all but the slips of the last step


def test_traces_depend_on_the_seed_only_through_slips():
    record, made = CASES[0]
    assert explain(record, made, 1) == explain(record, made, 2)
    assert explain(record, made, 1, 0.5) == explain(record, made, 1, 0.5)
    assert len({explain(record, made, seed, 0.5) for seed in range(20)}) > 2


def test_worked_traces_of_one_map():
    made = make_map(3)  # Red: S U Z A D. Green: A Y J G. Orange: N D V Y Z.
    base = questions(made, 0, ["planning"])[0]
    on = base | {"type": "TorF2", "station_1": "D", "line": "Red Line"}
    assert explain(on, made, 0) == r"D: Red, Orange. \boxed{yes}"
    between = base | {
        "type": "Counting1",
        "station_1": "A",
        "station_2": "U",
        "line": "Red Line",
        "options": [0, 3, 1, 2],
    }
    assert explain(between, made, 0) == r"Red: S U Z A D. Between A and U: Z = 1. \boxed{C}"
    assert describe(made)[1].split(". ")[1] == "Green: A Y J G"


def test_tiny_traces_are_short():
    assert max(len(explain(record, made, 0)) for record, made in CASES if record["station_1"].isupper()) < 240


@pytest.mark.parametrize("slip", [-0.1, 1.5])
def test_slip_outside_zero_to_one_is_refused(slip):
    record, made = CASES[0]
    with pytest.raises(MediaError, match="from 0 to 1"):
        explain(record, made, 0, slip)


def test_unknown_type_is_refused():
    record, made = CASES[0]
    with pytest.raises(MediaError, match="did you mean 'planning'"):
        explain(record | {"type": "plannning"}, made, 0)
