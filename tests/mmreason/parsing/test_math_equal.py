from __future__ import annotations

import pytest

from mmreason.parsing.math_equal import same_math
from mmreason.parsing.math_text import MAX_MATH, spell, split_outside, split_unit, squeeze


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("12", " 12. "), ("12", "$12$"), ("12", r"\(12\)"), ("12", "12.0"), ("1234", "1,234"), ("1,234", "1234"),
        ("1234", "1{,}234"), ("0.5", r"\frac12"), (r"\frac{1}{2}", "0.5"), (r"\frac{3}{4}", r"\dfrac{6}{8}"),
        ("1.5", "1 1/2"), ("5.5", "11/2"), ("1/3", "0.333333"), ("3000", r"3\times 10^{3}"), ("-4", "\u22124"),
       
        ("4", "\u0664"), ("16", "4\u00b2"), ("2^{10}", "1024"), (r"50\%", "50"), (r"50\%", "0.5"), ("0.5", r"50\%"),
        (r"\$5", "5"), ("5", r"5\text{ cm}"), ("5", "5 cm"), ("5 m", "5"), ("5 dollars", "5"),
        (r"5\text{ apples}", "5"),
        
        ("90", r"90^\circ"), (r"90^{\circ}", "90"), ("7 cm^2", r"7\text{ square centimeters}"),
        ("5 cm", "5 centimetres"),
        (r"\sqrt{2}", "\u221a2"), (r"\sqrt{2}", "1.414214"), (r"4\pi", "12.566371"), (r"2\sqrt{3}", r"\sqrt{12}"),
        (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}"), ("x^2+2x+1", "(x+1)^2"), (r"\pi r^2", r"r^2\pi"),
        (r"\frac{n(n+1)}{2}", "n(n+1)/2"), ("x^2", r"\sqrt{x^4}"), ("i", r"\sqrt{-1}"), ("3", "x=3"), ("x = 3", "3"),
        ("5", "2+3=5"), ("y=2x+1", "y=1+2x"), ("y=2x+1", "2x+1"), ("f(x)=x+1", "x+1"), ("[0,1)", "[0, 1)"),
        (r"[2,\infty)", r"\left[2, +\infty\right)"), ("(1,2)", "( 1 , 2 )"), ("(1,2)", "(1.0, 4/2)"),
        (r"\{1,2\}", "2, 1"), ("1,2", "1 or 2"), ("1,2", r"2\text{ and }1"), ("3,-3", r"\pm 3"), ("2", r"\{2\}"),
        (r"1 \pm \sqrt{2}", r"1+\sqrt{2}, 1-\sqrt{2}"), ("A", "(A)"), ("A", "a"), (r"\text{Tuesday}", "tuesday"),
        ("All real numbers", r"\text{all real numbers}"), ("x>2", "x > 2"),
    ],
)  # fmt: skip
def test_the_same(gold: str, answer: str) -> None:
    assert same_math(gold, answer) is True


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("12", ""), ("12", "13"), ("12", "-12"), ("12", "1.2"), ("5.5", "1 1/2"), ("1234", "12,34"), ("1/3", "0.3333"),
        ("1000000", "1000001"), ("0", "1e-9"), ("50", "0.5"), ("5 m", "5 cm"), ("7 cm^2", "7 cm"), ("12", "x"),
        (r"\sqrt{2}", "1.41"), (r"\sqrt{2}", r"\sqrt{3}"), ("x^2+2x+1", "(x-1)^2"), ("x+y", "x-y"), ("x", "X"),
        ("x+y", "x+y+0.0000001"), ("(1,2)", "(2,1)"), ("[0,1)", "[0,1]"), (r"[2,\infty)", "[2,7)"), ("1,2", "1,3"),
        ("1,2", "1"), ("3", "1/0"), ("A", "B"), ("Tuesday", "Monday"), ("12", "I do not know"), ("", "1"),
        ("12", "the result is 12"), ("12", r"12 \text{ because I say so}"),
    ],
)  # fmt: skip
def test_not_the_same(gold: str, answer: str) -> None:
    assert same_math(gold, answer) is False


@pytest.mark.parametrize(
    "answer",
    ["1,2,3", "1, 2", "1 or 2", r"1\text{ or }2", r"1\lor 2", "1;2", "{1,2}", r"\{1,2\}", "2,2", r"\pm 2", "1=2", "2=1",
     "x=1=2", "x=2=3", "2=", "=2", "1 and 2", "2 or 2", "(1,2)", r"\boxed{2}\boxed{3}", "2}{", "1 2 3", "2 2",
     "2" + "=2" * 400, "2," * 400 + "2", "9^{9^{9}}", "9" * 5000, "2" + " " * 5000 + "3"],
)  # fmt: skip
def test_offering_several_answers_or_nonsense_does_not_pay(answer: str) -> None:
    assert not same_math("2", answer)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [("x>2", "2<x"), ("x", r"\sqrt{x^2}"), (r"\emptyset", "0"), ("9^{9^{9}}", "9"), (r"|x|", "x"),
     (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1\\3\end{pmatrix}"), ("x^2+y^2=1", "y^2+x^2=1")],
)  # fmt: skip
def test_the_rest_is_for_computer_algebra(gold: str, answer: str) -> None:
    assert same_math(gold, answer) is None


def test_long_golds_are_compared_as_text() -> None:
    gold = "x+" * MAX_MATH + "1"
    assert same_math(gold, "1") is False
    assert same_math("1", gold) is False


def test_spelling() -> None:
    assert spell(r"\left( \tfrac{1}{2} \right).") == r"( \frac{1}{2} )"
    assert spell(r"90^{\circ}") == r"90 \text{degrees}"
    assert squeeze(r"1 2 + \text{ cm }") == "1 2+cm"
    assert split_outside("a, (b, c), {d, e}", ",") == ["a", "(b, c)", "{d, e}"]


@pytest.mark.parametrize("text", ["5", "x", "cm", r"\text{cm}", "5x", "5m", "5 apples", r"5 \text{apples}"])
def test_what_is_no_known_unit_stays(text: str) -> None:
    assert split_unit(text) == (text, "")
