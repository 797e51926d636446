from __future__ import annotations

import pytest

from mmreason.parsing.choice import read_choice, read_choices

OPTIONS = ("a cat", "a dog", "two cows", "D", "no pig")


@pytest.mark.parametrize(
    "said",
    [
        "B", "b", "(B)", "( b )", "[B]", "{B}", "B.", "B)", "(B).", "B:", "**B**", "$B$", "`B`", r"\text{B}",
        r"\textbf{(B)}", "Option B is correct.", "B is the right answer",
        "Option B", "option (b)", "Choice B.", "Answer: B", "The answer is B.", "The correct answer is: (B)", " B \n",
        "\uff22", "\u24b7", "B\u200b", '"B"',
    ],
)  # fmt: skip
def test_the_letter_in_many_spellings(said: str) -> None:
    assert read_choice(said) == 1
    assert read_choice(said, OPTIONS) == 1


@pytest.mark.parametrize(
    "said",
    ["B. a dog", "(B) a dog", "b) A dog.", "B: a dog", "B - a dog", "a dog", "A DOG!", "**B. a dog**", "B a dog"],
)
def test_the_text_with_or_without_its_letter(said: str) -> None:
    assert read_choice(said, OPTIONS) == 1


@pytest.mark.parametrize(
    "said",
    [
        "", " ", "A, B", "A B", "AB", "A or B", "B or C", "B and C", "B. C.", "not B", "not (B)", "neither",
        "B, because A is", "A, B, C, D", "ABCD", "B?A", "1", "2", "\u0412", "Bee", "B's", "(B", "B. or C",
        "It is B or so", "x" * 5_001,
    ],
)  # fmt: skip
def test_no_letter_or_several(said: str) -> None:
    assert read_choice(said) is None
    assert read_choice(said, OPTIONS) is None


def test_a_letter_before_the_text_of_another_option_is_none() -> None:
    assert read_choice("A. a dog", OPTIONS) is None
    assert read_choice("F", OPTIONS) is None
    assert read_choice("two  cows", OPTIONS) == 2


def test_a_letter_goes_before_an_option_that_reads_the_same() -> None:
    assert read_choice("B", ("B", "A")) == 1


def test_text_of_two_options_is_none() -> None:
    assert read_choice("same", ("same", "Same", "other")) is None


def test_without_options_text_behind_the_letter_is_not_compared() -> None:
    assert read_choice("B. a dog") == 1
    assert read_choice("B a dog") is None


@pytest.mark.parametrize(
    "said", ["A,C", "A, C", "C and A", "(A), (C)", "AC", "A; C", "A\nC", "[A, C]", "a & c", "A, A, C"]
)
def test_several_letters(said: str) -> None:
    assert {x for x in read_choices(said) if x is not None} == {0, 2}
    assert None not in read_choices(said)


def test_parts_that_cannot_be_read_stay() -> None:
    assert read_choices("A, maybe C") == [0, None]
    assert read_choices("AE", ("x", "y")) == [0, None]
    assert read_choices("") == []
