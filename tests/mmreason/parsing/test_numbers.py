from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.math_text import spell
from mmreason.parsing.numbers import MAX_DIGITS, close, equal_numbers, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("1,234", 1234),
        ("12,345,678.5", Fraction(24691357, 2)),
        ("0.25", Fraction(1, 4)),
        (".5", Fraction(1, 2)),
        ("3.", 3),
        ("3/4", Fraction(3, 4)),
        ("- 3 / 4", Fraction(-3, 4)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        (r"-\frac{3}{4}", Fraction(-3, 4)),
        (r"\frac{-3}{4}", Fraction(-3, 4)),
        (r"\frac34", Fraction(3, 4)),
        (r"\frac{1.5}{2}", Fraction(3, 4)),
        (r"1\frac{1}{2}", Fraction(3, 2)),
        (r"-1\frac{1}{2}", Fraction(-3, 2)),
        ("1 1/2", Fraction(3, 2)),
        ("11/2", Fraction(11, 2)),
        ("2e3", 2000),
        ("2.5E-1", Fraction(1, 4)),
        ("3*10^{4}", 30000),
        ("3 * 10^-2", Fraction(3, 100)),
        ("$5", 5),
        ("-$1,000.50", Fraction(-2001, 2)),
        ("1/2%", Fraction(1, 2)),
    ],
)
def test_one_number(text: str, value: int | Fraction) -> None:
    found = parse_number(text)
    assert found is not None
    assert found.value == value
    assert found.percent == text.endswith("%")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "x", "1x", "1,23", "1,2345", "12,34", ",123", "1 2", "1.2.3", "--1", "1/0", r"\frac{1}{0}", "1/2/3",
        "%", "5%%", "1e", "1e401", "1e-401", "1" * (MAX_DIGITS + 1), "\u0663", "1_000", "nan", "inf", "1, 2", "0x10",
    ],
)  # fmt: skip
def test_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("\u0663\u0664", 34),
        ("\uff11\uff12", 12),
        ("\u22125", -5),
        ("\u20135", -5),
        ("1{,}234", 1234),
        (r"1\,234", None),
        (r"$\dfrac{1}{2}$.", Fraction(1, 2)),
        (r"\(3\times10^{2}\)", 300),
        (r"50\%", 50),
        ("\u00bd", Fraction(1, 2)),
    ],
)
def test_other_signs_are_spelt_first(written: str, value: int | Fraction | None) -> None:
    found = parse_number(spell(written))
    assert (found and found.value) == value


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_what_python_writes_is_read_back(top: int, bottom: int) -> None:
    assert parse_number(f"{top:,}").value == top  # type: ignore[union-attr]
    assert parse_number(f"\\frac{{{top}}}{{{bottom}}}").value == Fraction(top, bottom)  # type: ignore[union-attr]
    assert parse_number(f"{top / bottom:.6f}").value == Fraction(f"{top / bottom:.6f}")  # type: ignore[union-attr]


@given(st.text(max_size=40))
def test_any_text_is_read_or_not(text: str) -> None:
    parse_number(text)


def test_whole_numbers_are_exact_and_others_within_the_tolerance() -> None:
    assert not close(Fraction(10**9), Fraction(10**9 + 1), 1e-6)
    assert close(Fraction(1, 3), Fraction("0.333333"), 1e-6)
    assert not close(Fraction(1, 3), Fraction("0.33333"), 1e-6)
    assert not close(Fraction(0), Fraction(1, 10**12), 1e-6)


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [("50%", "50%", True), ("50%", "0.5", True), ("50%", "50", True), ("0.5", "50%", True), ("50", "50%", True),
     ("50%", "5", False), ("0.5", "0.5%", True), ("50", "0.5", False), ("50%", "5000", False)],
)  # fmt: skip
def test_percent(gold: str, answer: str, same: bool) -> None:
    assert equal_numbers(parse_number(gold), parse_number(answer)) == same  # type: ignore[arg-type]
