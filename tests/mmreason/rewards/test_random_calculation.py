from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.rewards.random_calculation import CalculationReward, calculation_reward, decimal_answer
from mmreason.types import Task


@pytest.mark.parametrize(("a", "b", "worth"), [(10.5, 10, 0.725), (3, -3, 0.0), (0.2, 0, 0.4), (7, 7, 1.0)])
def test_worked_numbers(a, b, worth) -> None:
    assert calculation_reward(a, b) == pytest.approx(worth, abs=1e-6)


@given(st.floats(), st.floats(-1e9, 1e9))
def test_from_0_to_1_and_1_only_for_the_value(a, b) -> None:
    worth = calculation_reward(a, b)
    assert 0.0 <= worth <= 1.0
    assert calculation_reward(b, b) == 1.0
    assert not abs(a - b) > 1e-6 * (1 + abs(b)) or worth < 1.0


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_nearer_is_never_worse(gold, near, more) -> None:
    assert calculation_reward(gold + near, gold) >= calculation_reward(gold + near + more, gold) - 1e-12


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3.0),
        ("-2.50", -2.5),
        ("1,234.5", 1234.5),
        ("1.5e-3", 0.0015),
        ("50%", 0.5),
        ("\u2212 4", -4.0),
        ("3/4", None),
        ("\\frac{3}{4}", None),
        ("about 3", None),
        ("3 or 4", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("1e399", None),
        ("9" * 399, None),
        ("9" * 10**6, None),
        ("1e999999999", None),
        ("\u0663", 3.0),
    ],
)
def test_one_decimal_number_and_nothing_else(text, value) -> None:
    assert decimal_answer(text) == value


def test_completions(say) -> None:
    task = Task(id="t", prompt=(), answer="10")
    rate = lambda text: CalculationReward().rate(task, say(text))  # noqa: E731
    assert rate("so \\boxed{10}") == 1.0
    assert rate("<think>\\boxed{10}</think>\\boxed{10.5}") == pytest.approx(0.725, abs=1e-6)
    assert rate("<think>\\boxed{10}") == rate("") == rate("\\boxed{40 / 4}") == 0.0
    assert math.isnan(CalculationReward().rate(Task(id="t", prompt=(), answer="yes"), say("yes")))
    assert math.isnan(CalculationReward().rate(Task(id="t", prompt=()), say("1")))
