from __future__ import annotations

import cmath
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.expressions import MAX_TOKENS, Undefined, Unreadable, tokens, values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("2-3-4", -5),
        ("8/4/2", 1),
        ("--3", 3),
        ("-2^2", -4),
        ("2^{3}", 8),
        ("2^-1", 0.5),
        ("2^10", 1024),
        ("2(3)(4)", 24),
        ("2*-3", -6),
        (r"\frac{1}{2}", 0.5),
        (r"\frac12", 0.5),
        (r"3\frac{1}{2}", 1.5),
        (r"\sqrt{9}", 3),
        (r"\sqrt[3]{8}", 2),
        (r"2\sqrt2", 2 * math.sqrt(2)),
        ("sqrt(16)", 4),
        ("3!", 6),
        ("2*3!", 12),
        (r"\binom{5}{2}", 10),
        (r"2\pi", 2 * math.pi),
        ("2pi", 2 * math.pi),
        ("e^2", math.e**2),
        ("i^2", -1),
        (r"\sin(\pi/6)", 0.5),
        (r"\sin^2(1)+\cos^2(1)", 1),
        (r"\sin 2 + 1", math.sin(2) + 1),
        (r"\ln e", 1),
        (r"\log_2 8", 3),
        (r"\log_{10}(1000)", 3),
        (r"\sqrt{-4}", 2j),
    ],
)
def test_constants(text: str, value: complex) -> None:
    found = values(text)
    assert len(set(found)) == 1
    assert cmath.isclose(found[0], value, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(x+1)^2", "x^2+2x+1"),
        ("x(y+z)", "xy+xz"),
        (r"\frac{x}{2}", "x/2"),
        (r"\sin 2x", r"2\sin x\cos x"),
        (r"\alpha\beta", r"\beta\alpha"),
        ("x_1+x_{12}", "x_{12}+x_1"),
    ],
)
def test_equal_formulas_have_equal_values(one: str, other: str) -> None:
    assert all(cmath.isclose(a, b, rel_tol=1e-9) for a, b in zip(values(one), values(other), strict=True))


def test_letters_are_different_variables() -> None:
    assert len({values(text)[0] for text in ("x", "y", "X", "x_1", "x_2", r"\theta")}) == 6


@pytest.mark.parametrize(
    "text",
    ["", "+", "1+", "(1", "1)", "()", "{", "^2", "2^", "1 2", "1 234", "|x|", "a,b", "x=1", "x<1", r"\foo", r"\frac{1}",
     r"\sqrt", "2^3^2", "x!", "1.5!", r"\log 2", "\x00", "\u0663", "3..4", r"\{1\}", "(" * 41 + "1" + ")" * 41,
     r"\sqrt" * 41 + "1", "1+" * MAX_TOKENS + "1", "[1]"],
)  # fmt: skip
def test_not_in_the_grammar(text: str) -> None:
    with pytest.raises(Unreadable):
        values(text)


@pytest.mark.parametrize(
    "text", ["1/0", "1/(1-1)", "9^{9^{9}}", "9^{9^{9^{9}}}", "171!", "999999999!", r"\ln 0", "9" * 400, "0^{-1}"]
)
def test_no_finite_value(text: str) -> None:
    with pytest.raises(Undefined):
        values(text)


@given(st.text(alphabet="0123456789.xyei+-*/^!(){}[]_\\ \u00bd", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = values(text)
    except (Unreadable, Undefined):
        return
    assert all(map(cmath.isfinite, found))


def test_words_without_a_backslash_are_functions_too() -> None:
    assert tokens("2sqrt3") == ["2", "\\sqrt", "3"]
    assert tokens("xlog") == ["x", "l", "o", "g"]
