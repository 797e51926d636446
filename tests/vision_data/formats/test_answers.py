from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.formats.answers import gold_of, number_in, unwrap
from vision_data.formats.record import Boxes, Choice, ChoiceSet, Code, Number, Text

PETS = ("a cat", "a dog", "both")


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("<answer>A</answer>", "A"),
        ("<think>B? no.</think>\n<answer> A </answer>", "A"),
        ("<answer>A</answer> or <answer>C</answer>", "C"),
        ("<ANSWER>A", "A"),
        (r"<answer>\boxed{1 + {2}}</answer>", "1 + {2}"),
        (r"\boxed{7}.", "7"),
        (r"it is \boxed{7}", r"it is \boxed{7}"),
        ("answer", "answer"),
        ("<answer></answer>", ""),
    ],
)
def test_tags_are_taken_off(text: str, inner: str) -> None:
    assert unwrap(text) == inner


@given(st.text(max_size=30).filter(lambda text: "<" not in text and "boxed" not in text))
def test_wrapping_and_unwrapping_gives_the_same(text: str) -> None:
    assert unwrap(f"<answer>{text}</answer>") == text.strip()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back(value: float) -> None:
    assert number_in(repr(value)) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1,00", "1e999", "", "-", ".", "1 2", "0x1f", "3kg", "12,345,67"])
def test_what_is_no_number(text: str) -> None:
    assert number_in(text) is None


@pytest.mark.parametrize(
    ("value", "gold"),
    [
        ("B", Choice("B", "B")),
        ("(b)", Choice("B", "(b)")),
        ("B. a dog", Choice("B", "B. a dog")),
        ("a dog", Choice("B", "a dog")),
        ("<answer>A Dog</answer>", Choice("B", "<answer>A Dog</answer>")),
        ("A,C", ChoiceSet(("A", "C"), "A,C")),
        ("C, A and A", ChoiceSet(("A", "C"), "C, A and A")),
        (["C", "A"], ChoiceSet(("A", "C"), '["C", "A"]')),
        ("D", Text("D", "D")),
        ("a horse", Text("a horse", "a horse")),
    ],
)
def test_letters_and_texts_of_options(value: Any, gold: Any) -> None:
    assert gold_of(value, options=PETS) == gold


def test_a_letter_beyond_the_options_is_refused_where_a_choice_is_expected() -> None:
    with pytest.raises(MediaError, match="names none of 3 options"):
        gold_of("D", options=PETS, expected="choice")
    assert gold_of("D", expected="choice") == Choice("D", "D")
    assert gold_of([], options=PETS, expected="set") == ChoiceSet((), "[]")


def test_the_text_of_an_option_goes_before_its_letter() -> None:
    """Options that are letters themselves: "B" is the first one."""
    assert gold_of("B", options=("B", "A")) == Choice("A", "B")


@pytest.mark.parametrize(
    ("value", "gold"),
    [
        (3, Number(3.0, "3", "3")),
        (3.0, Number(3.0, "3", "3")),
        (0.25, Number(0.25, "0.25", "0.25")),
        (Decimal("2.50"), Number(2.5, "2.50", "2.50")),
        ("1,250", Number(1250.0, "1,250", "1,250")),
        ("$3$", Number(3.0, "3", "$3$")),
        (True, Text("yes", "yes")),
        ("50%", Text("50%", "50%")),
        (["four", "4"], Text("four", '["four", "4"]', ("4",))),
        (None, None),
        ("  ", None),
        ([], None),
    ],
)
def test_numbers_and_texts(value: Any, gold: Any) -> None:
    assert gold_of(value) == gold


def test_a_number_may_be_asked_for_or_kept_as_text() -> None:
    assert gold_of("3", expected="text") == Text("3", "3")
    assert gold_of("[1, 2]", expected="code", language="json") == Code("[1, 2]", "json", "[1, 2]")
    with pytest.raises(MediaError, match="expected a number"):
        gold_of("three", expected="number")


def test_boxes_need_a_declared_space() -> None:
    with pytest.raises(MediaError, match="nothing says what they are counted in"):
        gold_of("[[1, 2, 3, 4]]")
    assert gold_of([1, 2, 3, 4], space="thousand") == Boxes(((1.0, 2.0, 3.0, 4.0),), "thousand", "[1, 2, 3, 4]")
    assert gold_of("[4, 3, 2, 1]", space="none") == Text("[4, 3, 2, 1]", "[4, 3, 2, 1]")
    assert gold_of("[1, 2, 3]") == Text("[1, 2, 3]", "[1, 2, 3]")
    assert gold_of("[0.5, 0, 1, 1]", space="unit").text == "[[0.5, 0, 1, 1]]"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "<answer> </answer>"])
def test_an_answer_that_says_nothing_is_refused(value: Any) -> None:
    with pytest.raises(MediaError):
        gold_of(value)
