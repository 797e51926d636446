from __future__ import annotations

import pytest

from mmreason.errors import DataError
from mmreason.parsing.route import Section, write_route
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy, read_plus, route_is_correct
from mmreason.rewards.reasonmap_record import PLUS_TYPES, TYPES
from mmreason.signals import check
from mmreason.types import Group

METRO = {"Line A": ["Elm", "Oak", "Pine", "Ash"], "Line B": ["Pine", "Fir", "Yew"], "Line C": ["Elm", "Yew"]}


def correct(*rides: tuple[str, str, str]) -> bool:
    return route_is_correct([Section(*ride) for ride in rides], "Elm", "Yew", METRO)


def test_a_route_is_correct() -> None:
    assert correct(("Line A", "Elm", "Pine"), ("Line B", "Pine", "Yew"))
    assert correct(("Line C", "Elm", "Yew"))


def test_direction_order_and_detours_are_not_looked_at() -> None:
    assert route_is_correct([Section("Line A", "Ash", "Elm")], "Ash", "Elm", METRO)
    assert correct(("Line A", "Elm", "Pine"), ("Line A", "Pine", "Elm"), ("Line C", "Elm", "Yew"))


@pytest.mark.parametrize(
    "rides",
    [
        [],
        [("Line A", "Elm", "Pine"), ("Line C", "Pine", "Yew")],
        [("Line A", "Elm", "Pine"), ("Line B", "Fir", "Yew")],
        [("Line A", "Elm", "Pine"), ("Line B", "Pine", "Fir")],
        [("Line A", "Oak", "Pine"), ("Line B", "Pine", "Yew")],
        [("Line D", "Elm", "Yew")],
        [("", "Elm", "Yew")],
        [("Line A, Line B", "Elm", "Yew")],
        [("Line B", "Pine", "Yew"), ("Line A", "Elm", "Pine")],
    ],
)
def test_a_route_is_wrong(rides: list[tuple[str, str, str]]) -> None:
    assert not correct(*rides)


def test_names_are_compared_after_normalisation() -> None:
    assert correct(("Route A", "**Elm** Station", "Pine (Transfer Station)"), ("b", "pine", "YEW Metro Station"))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("TorF1", "\\boxed{Yes}", 1),
        ("TorF2", "The answer is no.", 0),
        ("TorF1", "\\boxed{1}", None),
        ("TorF1", "\\boxed{true}", None),
        ("Counting1", "\\boxed{c}", 2),
        ("Counting1", "C.", 2),
        ("Counting1", "\\boxed{2}", None),
        ("Counting1", "\\boxed{E}", None),
        ("Counting2", "\\boxed{12}", 12),
        ("Counting3", "the answer is 7", 7),
        ("Counting2", "\\boxed{A}", None),
        ("Counting3", "\\boxed{7.0}", None),
    ],
)
def test_plus_answers_are_read_by_type(kind: str, text: str, value: int | None) -> None:
    assert read_plus(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("TorF1", "\\boxed{yes}", "\\boxed{no}"),
        ("TorF2", "Yes.", "No."),
        ("Counting1", "\\boxed{B}", "\\boxed{1}"),
        ("Counting2", "It has 2. \\boxed{2}", "\\boxed{3}"),
        ("Counting3", "The answer is 3.", "The answer is 30."),
    ],
)
def test_plus_questions(transit, say, kind, right, wrong) -> None:
    assert ReasonMapAccuracy().rate(transit(kind), say(right)) == 1.0
    assert ReasonMapAccuracy().rate(transit(kind), say(wrong)) == 0.0


def test_planning_question_in_a_group(transit, say) -> None:
    right = write_route([Section("Line A", "Elm", "Pine"), Section("Line B", "Pine", "Yew")])
    group = Group(transit(), tuple(map(say, (right, right.replace("Line B", "Line C"), "", right + "\nGood trip!"))))
    assert ReasonMapAccuracy().score(group).tolist() == [1.0, 0.0, 0.0, 1.0]


def test_only_the_inside_of_the_answer_tag_counts(transit, say) -> None:
    inside = ReasonMapAccuracy(answer_tag="answer")
    assert inside.rate(transit("TorF1"), say("\\boxed{no} <answer>\\boxed{yes}</answer>")) == 1.0
    assert inside.rate(transit("TorF1"), say("<answer>yes")) == 1.0
    assert inside.rate(transit("TorF1"), say("\\boxed{yes}")) == 0.0


@pytest.mark.parametrize("kind", TYPES)
def test_loopholes_earn_nothing(transit, say, hostile, kind) -> None:
    task = transit(kind)
    echo = str(task.prompt[0].content[0])
    for text in (*hostile, echo, echo * 3, f"{echo}\n{echo}"):
        assert ReasonMapAccuracy().rate(task, say(text)) == 0.0, text[:80]


@pytest.mark.parametrize("kind", PLUS_TYPES)
def test_a_gold_that_cannot_be_is_refused(transit, say, kind) -> None:
    impossible = {"TorF1": 2, "TorF2": 2, "Counting1": 4, "Counting2": -1, "Counting3": "3"}[kind]
    for gold in (impossible, None, True):
        with pytest.raises(DataError, match="answer"):
            ReasonMapAccuracy().rate(transit(kind, answer=gold), say("yes"))


@pytest.mark.parametrize("field", ["station_1", "station_2", "metro", "type"])
def test_a_missing_field_is_named(transit, say, field) -> None:
    with pytest.raises(DataError, match=field) as caught:
        ReasonMapAccuracy().rate(transit("planning", **{field: None}), say("x"))
    assert "planning-0" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_it_can_be_a_key() -> None:
    check(ReasonMapAccuracy(answer_tag="answer"))
    assert len({ReasonMapAccuracy(), ReasonMapAccuracy()}) == 1
