from __future__ import annotations

import math

import pytest

from mmreason.errors import DataError
from mmreason.metrics.reasonmap import (
    Scored,
    map_score,
    plan_score,
    plans_of,
    report,
    sample_weight,
    via_count_score,
    via_list_score,
    weighted_mean,
)
from mmreason.parsing.route import Section

ANSWER = (Section("A", "Elm", "Pine", 1, ("Oak",)), Section("B", "Pine", "Yew", 0, ()))
PLAN_1 = (Section("A", "Elm", "Pine", 1, ("Oak",)), Section("B", "Pine", "Yew", 1, ("Fir",)))
PLAN_2 = (Section("C", "Elm", "Yew", 0, ()),)


def score(answer=ANSWER, plans=(PLAN_1, PLAN_2), correct=True, form="short", **options) -> float:
    return map_score(answer, plans, answer[0].departure if answer else "Elm", "Yew", correct, form, **options)


def test_short_takes_the_best_plan_and_adds_ten_if_correct() -> None:
    assert plan_score(ANSWER, PLAN_1) == 9.0
    assert plan_score(ANSWER, PLAN_2) == 2.0
    assert score(plans=(PLAN_1,)) == 19.0
    assert score(plans=(PLAN_2,)) == 12.0
    assert score() == 19.0
    assert score(correct=False) == 9.0


def test_long_with_counts() -> None:
    assert plan_score(ANSWER, PLAN_1, "count") == 13.0
    assert score(plans=(PLAN_1,), form="count") == 33.0


def test_long_with_lists() -> None:
    answer = (Section("A", "Elm", "Ash", via=("Oak", "Fir")),)
    plan = (Section("A", "Elm", "Ash", via=("Oak", "Pine")),)
    assert via_list_score([(answer[0], plan[0])]) == pytest.approx((10 / 3 + 1) / 2)
    assert map_score(answer, [plan], "Elm", "Ash", True, "list") == pytest.approx(27.166667, abs=1e-6)


def test_endpoints_are_required() -> None:
    assert map_score(ANSWER, [PLAN_1], "Elm", "Fir", False) == 0.0
    assert map_score(ANSWER, [PLAN_1], "Oak", "Yew", False) == 0.0
    assert map_score((), [PLAN_1], "Elm", "Yew", False) == 0.0
    assert map_score(ANSWER, [], "Elm", "Yew", False) == 0.0


def test_the_shorter_list_decides() -> None:
    longer = (*ANSWER[:1], Section("B", "Pine", "Fir"), Section("B", "Fir", "Yew"))
    # Endpoints 1, first pair 4, second pair line and departure 3.
    assert score(longer, (PLAN_1,), correct=False) == 8.0
    assert score(ANSWER, (PLAN_1[:1],), correct=False) == 5.0


@pytest.mark.parametrize(("form", "top"), [("short", 10.0), ("count", 20.0), ("list", 20.0)])
def test_capped_before_the_bonus(form: str, top: float) -> None:
    stops = tuple(f"s{i}" for i in range(30))
    route = tuple(Section("A", stops[i], stops[i + 1], 1, stops) for i in range(20))
    assert map_score(route, [route], "s0", "s20", False, form) == top
    assert map_score(route, [route], "s0", "s20", True, form) == 2 * top


@pytest.mark.parametrize(
    ("answer", "reference", "paper", "released"),
    [
        (3, 3, 4.0, 4.0),
        (0, 0, 4.0, 4.0),
        (1, 2, 2.0, 2.0),
        (2, 1, 2.0, 0.0),
        (4, 3, 3.0, 4 - 4 / 3),
        (0, 1, 0.0, 0.0),
        (1, 0, 0.0, 0.0),
        (None, 1, 0.0, 0.0),
        (1, None, 0.0, 0.0),
        (10**18, 1, 0.0, 0.0),
    ],
)
def test_number_of_via_stops(answer, reference, paper: float, released: float) -> None:
    assert via_count_score(answer, reference) == pytest.approx(paper)
    assert via_count_score(answer, reference, "released") == pytest.approx(released)


def test_via_lists_count_only_where_lines_match_and_empty_ones_give_nothing() -> None:
    assert via_list_score([(Section("A", "x", "y", via=("Oak",)), Section("B", "x", "y", via=("Oak",)))]) == 0.0
    assert via_list_score([(Section("A", "x", "y"), Section("A", "x", "y", via=()))]) == 0.0
    one = (Section("Line A", "x", "y", via=("Oak Station", "oak")), Section("Route A", "x", "y", via=("Oak",)))
    assert via_list_score([one]) == 5.5


def test_names_are_normalised() -> None:
    loose = (Section("Line A", "elm station", "PINE"), Section("route b", "Pine (Transfer Station)", "Yew"))
    assert plan_score(loose, PLAN_1) == 9.0


def record(kind: str = "planning", city: str = "easy", question: str = "easy") -> dict[str, str]:
    return {"type": kind, "difficulty_city": city, "difficulty_question": question}


def test_weights_of_reasonmap() -> None:
    levels = ("easy", "middle", "hard")
    weights = [[sample_weight(record(city=c, question=q)) for c in levels] for q in levels]
    assert weights == [[1.0, 1.5, 2.0], [1.5, 2.0, 2.5], [2.0, 2.5, 3.0]]
    assert sample_weight(record(city="medium", question="medium")) == 2.0


def test_weights_of_plus_come_from_the_map_alone() -> None:
    for kind in ("TorF1", "TorF2", "Counting1", "Counting2", "Counting3"):
        assert [sample_weight(record(kind, c, "hard")) for c in ("easy", "middle", "hard")] == [1.0, 1.5, 2.0]


def test_unknown_difficulty_is_refused() -> None:
    with pytest.raises(DataError, match="difficulty_question"):
        sample_weight(record(question="?"))
    with pytest.raises(DataError, match="difficulty_city"):
        sample_weight(record(city="?"))


def test_weighted_accuracy_of_the_example() -> None:
    pairs = [("easy", "easy"), ("middle", "hard"), ("hard", "hard"), ("easy", "middle")]
    weights = [sample_weight(record(city=m, question=q)) for q, m in pairs]
    assert weights == [1.0, 2.5, 3.0, 1.5]
    assert weighted_mean([1, 0, 1, 0], weights) == 0.5
    assert math.isnan(weighted_mean([], []))


def test_report_by_slice() -> None:
    rows = [
        Scored("planning", 1.0, 1.0, 19.0),
        Scored("planning", 3.0, 0.0, 3.0),
        Scored("planning", 2.0, 1.0, 33.0, "count"),
        Scored("TorF1", 2.0, 1.0),
        Scored("Counting2", 1.0, 0.0),
        Scored("Counting1", 1.0, 1.0),
    ]
    found = report(rows)
    assert found["planning_short/accuracy"] == 0.5
    assert found["planning_short/weighted_accuracy"] == 0.25
    assert found["planning_short/map_score"] == 11.0
    assert found["planning_short/weighted_map_score"] == 7.0
    assert found["planning_long/map_score"] == 33.0
    assert found["plus/weighted_accuracy"] == 0.75
    assert found["plus_counting/accuracy"] == 0.5
    assert found["plus_true_false/num"] == 1.0
    assert found["Counting2/accuracy"] == 0.0
    assert "Counting3/accuracy" not in found
    assert "plus/map_score" not in found
    assert report([]) == {}


def test_reference_plans_are_read_or_refused() -> None:
    section = {"route_name": "A", "departure_stop": "Elm", "arrival_stop": "Ash", "num_via_stops": 2}
    plan = (Section("A", "Elm", "Ash", 2),)
    assert plans_of({"routes": {"1": [section], "2": [section]}}) == [plan, plan]
    assert plans_of({"routes": [[section]]}) == [plan]
    broken = ({}, [], None, "x", {"1": []}, {"1": [{}]}, {"1": [5]}, {"1": [{**section, "num_via_stops": "two"}]})
    for routes in broken:
        with pytest.raises(DataError, match="routes"):
            plans_of({"routes": routes}, "file:3")
