"""Hostile texts: the work grows no faster than the text, and whatever is read of them is bounded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mmreason.parsing.answers import final_answer, normalise_answer
from mmreason.parsing.boxed import last_boxed
from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.math_equal import same_math
from mmreason.parsing.math_text import MAX_MATH
from mmreason.parsing.route import parse_route
from mmreason.parsing.spans import find_spans
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.format import route_is_well_formed, without_echo
from mmreason.rewards.reasonmap_accuracy import read_plus, route_is_correct
from mmreason.rewards.route_detail import listed_stops, route_detail
from tests.mmreason.parsing.steps import TooManySteps, linear, steps
from vision_data.messages import user

METRO = {"Line A": ["Elm", "Oak", "Pine"], "Line B": ["Pine", "Yew"]}
PROMPT = (user("Plan the best route from Elm to Yew. Route Name: Line x"),)
SECTION = "Route Name: {}\nDeparture Stop: Elm\nArrival Stop: Elm\n--\n"

PARSERS: dict[str, Callable[[str], object]] = {
    "last_boxed": last_boxed,
    "final_answer": final_answer,
    "normalise_answer": normalise_answer,
    "math_answer": math_answer,
    "same_math": lambda text: same_math(r"\frac{1}{2}", text),
    "parse_route": parse_route,
    "find_spans": lambda text: find_spans(text, "answer"),
    "parse_think_answer": parse_think_answer,
    "without_echo": lambda text: without_echo(text, PROMPT),
    "route_is_well_formed": lambda text: route_is_well_formed(text, PROMPT),
    "read_plus": lambda text: read_plus("Counting2", text),
    "listed_stops": listed_stops,
    "route_is_correct": lambda text: route_is_correct(parse_route(text), "Elm", "Elm", METRO),
    "route_detail": lambda text: route_detail(parse_route(text), "Elm", "Elm", 1, METRO),
}
PIECES = [
    "<think>", "</think>", "<answer>", "<answer></answer>", "boxed{", "\\boxed{", "\\boxed{}", "\\boxed ", "\\",
    "{", "}", "\\\\boxed",
    "(", "()", "[", "--", "-", ",", "=", "1=", "1,", "^9", "9^", "!", "\\frac", "\\sqrt", "\\text{", "\\text{ ", "$",
    "the answer is ", "The answer is 1. ", "Route Name:", "Via Stops:", "Stops: [", "stops:", " ", "\n", ". ", "\u0663",
    "\u00bd", "\ud800", "\x00", SECTION.format("Line A"),
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", PARSERS)
def test_lines_run_grow_with_the_text_and_no_faster(name: str, piece: str) -> None:
    assert linear(lambda size: PARSERS[name](piece * size + "x"), 100)


@pytest.mark.parametrize("piece", PIECES)
def test_a_hundred_thousand_characters_come_to_an_end(piece: str) -> None:
    """What runs inside compiled patterns counts no lines: quadratic ones would take some 10^10 steps here."""
    text = piece * (100_000 // len(piece))
    for parse in PARSERS.values():
        parse(text)
        parse(text + " \\boxed{1}")


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_answer_that_is_read_takes_few_lines(piece: str) -> None:
    text = (piece * MAX_MATH)[:MAX_MATH]
    assert steps(lambda: same_math("1, 2", text), 60_000) <= 60_000


def test_lines_with_names_of_their_own() -> None:
    assert linear(lambda size: PARSERS["route_detail"]("".join(SECTION.format(f"Line {i}") for i in range(size))))


def test_the_counter_stops_what_does_not_end() -> None:
    def endless() -> None:
        while True:
            pass

    with pytest.raises(TooManySteps):
        steps(endless, 1000)
    with pytest.raises(TooManySteps):
        linear(quadratic)


def quadratic(size: int) -> int:
    total = 0
    for i in range(size):
        for _ in range(i):
            total += 1
    return total
