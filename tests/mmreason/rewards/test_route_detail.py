from __future__ import annotations

import pytest

from mmreason.errors import DataError
from mmreason.parsing.route import Section, write_route
from mmreason.rewards.reasonmap_record import TYPES
from mmreason.rewards.route_detail import RouteDetail, counting_detail, excess, listed_stops, route_detail
from mmreason.signals import check

METRO = {"Line A": ["Elm", "Oak", "Pine", "Ash"], "Line B": ["Pine", "Fir", "Yew"], "Line C": ["Elm", "Yew"]}

Ride = tuple[str, str, str]


def both(rides: list[Ride], transfers: int = 1, to: str = "Yew") -> tuple[float, float]:
    """The detail in the paper's and in the released reading."""
    route = [Section(*ride) for ride in rides]
    return (
        route_detail(route, "Elm", to, transfers, METRO),
        route_detail(route, "Elm", to, transfers, METRO, variant="released"),
    )


def test_perfect_route_with_one_transfer() -> None:
    assert both([("Line A", "Elm", "Pine"), ("Line B", "Pine", "Yew")]) == (9.0, 4.0)


def test_a_line_that_exists_is_enough_where_transfers_are_needed() -> None:
    assert both([("Line A", "Elm", "Pine"), ("Line C", "Pine", "Yew")]) == (9.0, 4.0)


def test_no_partial_credit_without_both_endpoints() -> None:
    assert both([("Line A", "Elm", "Pine"), ("Line B", "Pine", "Fir")]) == (0.0, 0.0)
    assert both([("Line A", "Oak", "Pine"), ("Line B", "Pine", "Yew")]) == (0.0, 0.0)
    assert both([]) == (0.0, 0.0)


def test_direct_question() -> None:
    assert both([("Line A", "Elm", "Ash")], transfers=0, to="Ash") == (6.0, 1.0)
    # Line B exists but has neither station: only the endpoints count.
    assert both([("Line B", "Elm", "Ash")], transfers=0, to="Ash") == (2.0, -3.0)
    # Two segments where one is enough: paper 2 + (4 + 1) + (4 - 5), released 2 + (4 - 5) + (4 - 5).
    assert both([("Line A", "Elm", "Oak"), ("Line A", "Oak", "Ash")], transfers=0, to="Ash") == (6.0, 0.0)


def test_unknown_lines_and_broken_transfers_lose_their_points() -> None:
    assert both([("Line X", "Elm", "Pine"), ("Line B", "Pine", "Yew")]) == (5.0, 0.0)
    assert both([("Line A", "Elm", "Pine"), ("Line B", "Fir", "Yew")]) == (8.0, 3.0)
    # Pine is not on line C, so the first segment keeps +3 and misses the +1.
    assert both([("Line C", "Elm", "Pine"), ("Line B", "Pine", "Yew")]) == (8.0, 3.0)


def test_the_cap_and_no_floor() -> None:
    through = [
        ("Line A", "Elm", "Pine"),
        ("Line B", "Pine", "Fir"),
        ("Line B", "Fir", "Pine"),
        ("Line B", "Pine", "Yew"),
    ]
    # 2 + 3 * (3 + 1) + 3 = 17 with three transfers allowed.
    assert both(through, transfers=3) == (10.0, 10.0)
    route = [Section(*ride) for ride in through]
    assert route_detail(route, "Elm", "Yew", 3, METRO, cap=100.0) == 17.0
    loop = [("Line A", "Elm", "Elm")] * 9 + [("Line C", "Elm", "Yew")]
    # 2 + 2 * (3 + 1) + 8 * (3 - 5) = -6; released 2 + (3 + 1) + 9 * (3 - 5) = -12.
    assert both(loop) == (-6.0, -12.0)


@pytest.mark.parametrize("transfers", [0, 1, 2, 5])
def test_the_variants_differ_by_one_segment(transfers: int) -> None:
    assert [excess(i, transfers, "paper") for i in range(7)] == [i > transfers for i in range(7)]
    assert [excess(i, transfers, "released") for i in range(7)] == [i >= transfers for i in range(7)]


def test_the_term_reads_the_completion(transit, say) -> None:
    right = write_route([Section("Line A", "Elm", "Pine"), Section("Line B", "Pine", "Yew")])
    assert RouteDetail().rate(transit(), say(right)) == 9.0
    assert RouteDetail(variant="released").rate(transit(), say(right)) == 4.0
    assert RouteDetail(cap=5.0).rate(transit(), say(right)) == 5.0
    assert RouteDetail(answer_tag="answer").rate(transit(), say(right)) == 0.0
    assert RouteDetail(answer_tag="answer").rate(transit(), say(f"Hm -- <answer>{right}</answer>")) == 9.0


@pytest.mark.parametrize("kind", ["TorF1", "TorF2", "Counting1", "Counting2", "Counting3"])
def test_other_types_have_no_detail(transit, say, kind) -> None:
    assert RouteDetail().rate(transit(kind), say("Stops: [Oak, Pine] \\boxed{B}")) == 0.0


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("Stops: [Oak, Pine]", 1.0),
        ("stops : [Oak Station, pine].", 1.0),
        ("Stops: [Oak]", 0.5),
        ("Stops: [Oak, Oak]", 0.0),
        ("Stops: [Fir, Fir]", -1.0),
        ("Stops: [Elm, Oak, Pine, Ash]", 0.0),
        ("Stops: []", 0.0),
        ("Stops: [Oak, Pine", 0.0),
        ("Oak, Pine", 0.0),
    ],
)
def test_listed_stops_of_counting1(transit, say, text, worth) -> None:
    assert RouteDetail(stops_bonus=0.5).rate(transit("Counting1"), say(text)) == worth


def test_stations_that_share_no_line_give_nothing() -> None:
    assert counting_detail("Stops: [Pine]", "Oak", "Fir", METRO, 0.5) == 0.0


def test_listed_stops_of_hostile_text() -> None:
    assert listed_stops("Stops: [" * 50_000) == []
    assert listed_stops("Stops: [" + "a," * 3 + "]") == ["a", "a", "a"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_loopholes_earn_nothing(transit, say, hostile, kind, variant) -> None:
    task = transit(kind)
    echo = str(task.prompt[0].content[0])
    for text in (*hostile, echo, echo * 3):
        assert RouteDetail(variant=variant, stops_bonus=0.5).rate(task, say(text)) == 0.0, text[:80]


def test_listing_every_stop_of_the_map_does_not_pay(transit, say) -> None:
    everything = "Stops: [Elm, Oak, Pine, Ash, Fir, Yew]"
    assert RouteDetail(stops_bonus=0.5).rate(transit("Counting1"), say(everything)) < 0


def test_a_missing_transfer_count_is_refused(transit, say) -> None:
    with pytest.raises(DataError, match="question_transfer_count"):
        RouteDetail().rate(transit(question_transfer_count=None), say("x"))


def test_it_can_be_a_key() -> None:
    check(RouteDetail(variant="released"))
    assert RouteDetail() != RouteDetail(variant="released")
