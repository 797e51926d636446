from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.ast_arithmetic import BadArithmetic, compute, uses_each_once


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8/(3-8/3)", 24),
        ("8*3+8-3", 29),
        (" (6 - 2) * 5 ", 20),
        ("-(3-8)", 5),
        ("+7", 7),
        ("1/3", Fraction(1, 3)),
        ("2 \u00d7 3 \u00f7 4 \u2212 1", Fraction(1, 2)),
        ("$\\frac{6}{4} \\times 2$", 3),
        ("\\left(1 + 2\\right) \\cdot 3", 9),
        ("[1 + 2] * 3", 9),
    ],
)
def test_values_are_exact(text, value) -> None:
    assert compute(text).value == value


def test_numbers_and_operators_are_noted() -> None:
    found = compute("12 + 3 * (4 - 12)")
    assert found.numbers == (12, 3, 4, 12)
    assert found.operators == {"+", "*", "-"}
    assert uses_each_once(found, [4, 12, 3, 12])
    assert not uses_each_once(found, [4, 12, 3])


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "()", "1 2", "1,2", "2**3", "9**9**9", "2^3", "7//2", "7%2", "1e5", "0.5", "1_000", "0x10", "007",
        "5 = 5", "x", "True", "8(3)", "(1)(2)", "abs(1)", "__import__('os')", "[1][0]", "1 if 1 else 2", "1;2", "1\n+",
        "1/0", "1/(2-2)", "\u0661+\u0661", "\uff13+5", "\u00b2", "5!", "nan", "inf", "1/", "*1", "\x00", "\ud800",
        "9" * 13, "1" * 500, "(" * 199 + "1", "-" * 100 + "1", "1+" * 150 + "1", "(" * 10**6, "1+" * 10**6,
    ],
)  # fmt: skip
def test_everything_else_is_refused(text) -> None:
    with pytest.raises(BadArithmetic):
        compute(text)


@given(st.text(alphabet="0123456789+-*/() .eEx", max_size=60))
def test_what_is_accepted_is_what_python_computes(text) -> None:
    try:
        found = compute(text)
    except BadArithmetic:
        return
    assert abs(eval(text) - float(found.value)) <= 1e-9 * max(1.0, abs(float(found.value)))
