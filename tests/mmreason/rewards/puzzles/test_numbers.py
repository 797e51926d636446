from __future__ import annotations

import pytest

from mmreason.rewards.puzzles.numbers import (
    verify_equation,
    verify_integer,
    verify_place,
    verify_rational,
    verify_time,
)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("1200", True),
        ("1,200", True),
        (" 1200. ", True),
        ("+1200", True),
        ("-1200", False),
        ("1200 or 3", False),
        ("1200.0", False),
        ("", False),
        ("\u0661\u0662\u0660\u0660", False),
        ("1e3", False),
        ("9" * 10**6, False),
    ],
)
def test_whole_numbers(answer, right) -> None:
    assert verify_integer(answer, {"value": 1200}) is right


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("7/3", True),
        ("14/6", True),
        ("\\frac{7}{3}", True),
        ("2 1/3", True),
        ("2.333", False),
        ("7/0", False),
        ("", False),
    ],
)
def test_exact_numbers(answer, right) -> None:
    assert verify_rational(answer, {"value": "7/3"}) is right


def test_times() -> None:
    assert verify_time("9:05", {"time": "09:05"})
    assert verify_time("09:05", {"time": "09:05"})
    assert not verify_time("09:05 or 10:00", {"time": "09:05"})
    assert not verify_time("09:5", {"time": "09:05"})
    assert verify_time("None.", {"time": "none"})


def test_places() -> None:
    assert verify_place("(3, -2)", {"at": [3, -2]})
    assert verify_place("3, \u22122", {"at": [3, -2]})
    assert not verify_place("(-2, 3)", {"at": [3, -2]})
    assert not verify_place("(3, -2) or so", {"at": [3, -2]})


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("3 + 2*4 = 11", True),
        ("7 + 1*4 = 11", True),
        ("9+1*2=11", True),
        ("3 + 2*5 = 11", False),
        ("3 + 2*4 = 12", False),
        ("11 = 11", False),
        ("3 + 8 = 11", False),
        ("? + ? * ? = 11", False),
        ("", False),
    ],
)
def test_every_way_to_fill_an_equation_counts(answer, right) -> None:
    assert verify_equation(answer, {"pattern": "? + ? * ? = 11"}) is right


def test_a_number_may_not_begin_with_a_zero() -> None:
    assert not verify_equation("04 + 1 = 5", {"pattern": "?4 + 1 = 5"})
