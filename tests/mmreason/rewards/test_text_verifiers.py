"""Exact, normalised, numeric, choice and set answers: what is right, what is wrong, what is not measured."""

from __future__ import annotations

import math

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.answer_set import SetMatch, overlap, set_match
from mmreason.rewards.exact_match import ExactMatch, exact_match
from mmreason.rewards.multiple_choice import MultipleChoiceMatch, multiple_choice
from mmreason.rewards.numeric_match import NumericMatch, numeric_match
from mmreason.rewards.text_match import TextMatch, text_match
from mmreason.types import Task
from tests.mmreason.fakes import task


def test_exact_is_exact() -> None:
    assert exact_match(" Paris \n", "Paris") == exact_match("The answer is Paris.", "Paris") == 1.0
    assert exact_match("paris", "Paris") == exact_match("Par\u200bis", "Paris") == exact_match("", "") == 0.0
    assert exact_match("i.e.", "i.e.") == 1.0


def test_text_is_normalised() -> None:
    assert text_match("the  BEATLES!", "Beatles") == text_match("The", "the") == text_match("?", "?") == 1.0
    assert text_match("", "The") == text_match("Beatles, Queen", "Beatles") == text_match("5", "-5") == 0.0
    assert text_match("5", "-5", numbers=False) == 1.0
    assert text_match("beatles", "Beatles", case=False) == 0.0
    assert text_match("x" * 100_001, "x" * 100_001) == 0.0


def test_the_best_of_several_gold_answers_counts(say) -> None:
    asked = task(answer="NYC", record={"answers": ["New York City", "The Big Apple"]})
    assert TextMatch().rate(asked, say("Big Apple")) == 1.0
    assert TextMatch().rate(asked, say("Boston")) == 0.0
    assert TextMatch().rate(task(record={"answers": ["x"]}), say("x")) == 1.0


@pytest.mark.parametrize("reward", [ExactMatch(), TextMatch(), NumericMatch(), MultipleChoiceMatch(), SetMatch()])
def test_without_a_gold_answer_nothing_is_measured(say, reward) -> None:
    assert math.isnan(reward.rate(task(), say("x")))


def test_a_list_of_answers_that_is_none_is_told(say) -> None:
    with pytest.raises(DataError, match="task 'q0': answers is 'Paris', expected a list of texts"):
        TextMatch().rate(task(answer="x", record={"answers": "Paris"}), say("x"))


@pytest.mark.parametrize(
    ("gold", "text", "worth"),
    [
        ("1234", "1,234", 1.0),
        ("1234", "12,34", 0.0),
        ("0.5", r"\boxed{\frac{1}{2}}", 1.0),
        ("0.5", "1/2", 1.0),
        ("0.5", "50%", 1.0),
        ("50%", "0.5", 1.0),
        ("50%", "50", 1.0),
        ("-5", "\u22125", 1.0),
        ("-5", "5", 0.0),
        ("5", "\u0665", 1.0),
        ("5", "5\u200b", 1.0),
        ("5", "x = 5", 1.0),
        ("5", "4 = 5", 0.0),
        ("5", "x = 4 = 5", 0.0),
        ("5", "5 km", 1.0),
        ("5 m", "5 km", 0.0),
        ("5 apples", "5", 1.0),
        ("5", "about 5", 0.0),
        ("5", "not 5", 0.0),
        ("5", "5 or 6", 0.0),
        ("5", "5, 6", 0.0),
        ("5", r"\pm 5", 0.0),
        ("5", "$5", 1.0),
        ("12345678", "12345679", 0.0),
        ("1/3", "0.333333", 1.0),
        ("3e2", "300", 1.0),
        ("5", "9" * 2000, 0.0),
        ("5", "1e999999999", 0.0),
        ("5", "inf", 0.0),
        ("5", "nan", 0.0),
    ],
)
def test_numbers(gold: str, text: str, worth: float) -> None:
    assert numeric_match(text, gold) == worth


@pytest.mark.parametrize(
    ("text", "absolute", "relative", "worth"),
    [
        ("10.1", 0.1, None, 1.0),
        ("10.11", 0.1, None, 0.0),
        ("10.01", 0.0, 1e-3, 1.0),
        ("10.011", 0.0, 1e-3, 0.0),
        ("9.99", 0.0, 1e-3, 1.0),
        ("10", 0.0, 0.0, 1.0),
    ],
)
def test_tolerances_are_as_written(text: str, absolute: float, relative: float | None, worth: float) -> None:
    assert numeric_match(text, "10", absolute, relative) == worth


def test_a_percent_sign_may_be_strict() -> None:
    assert numeric_match("50%", "50", percent=False) == 0.0
    assert numeric_match("50%", "0.5", percent=False) == 1.0


def test_a_gold_answer_that_is_no_number_is_not_measured() -> None:
    assert math.isnan(numeric_match("5", "yes"))


@pytest.mark.parametrize("fields", [{"absolute": -1.0}, {"relative": math.inf}, {"absolute": math.nan}])
def test_bad_tolerances_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="expected a finite number of at least 0"):
        NumericMatch(**fields)


def animals(answer: str) -> Task:
    return task(answer=answer, record={"options": ["a cat", "a dog", "a cow"]})


def test_choices(say) -> None:
    for text in ("B", r"\boxed{(b)}", "a dog", "<think>A? C?</think>B. a dog", "The answer is B. A is wrong."):
        assert MultipleChoiceMatch().rate(animals("B"), say(text)) == 1.0, text
        assert MultipleChoiceMatch().rate(animals("a dog"), say(text)) == 1.0, text
    for text in ("C", "A, B", "A. a dog", "D", "", "It is the dog"):
        assert MultipleChoiceMatch().rate(animals("B"), say(text)) == 0.0, text


def test_choices_without_options() -> None:
    assert multiple_choice("B. a dog", "B") == 1.0
    assert multiple_choice("B. C.", "B") == 0.0
    assert math.isnan(multiple_choice("B", "dog"))


def test_a_gold_answer_that_is_no_option_is_told(say) -> None:
    with pytest.raises(DataError, match=r"the gold answer is 'D', expected a letter from A to C or the text"):
        MultipleChoiceMatch().rate(animals("D"), say("D"))


@pytest.mark.parametrize(
    ("credit", "worth"), [("all", 0.0), ("jaccard", 0.5), ("f1", 2 / 3), ("precision", 0.5), ("recall", 1.0)]
)
def test_partial_credit(say, credit, worth: float) -> None:
    assert SetMatch(credit).rate(animals("A"), say("A, C")) == pytest.approx(worth)
    assert SetMatch(credit).rate(animals("A"), say("A, and some")) == pytest.approx(worth)
    assert SetMatch(credit).rate(animals("A,C"), say("a cow, a cat")) == 1.0
    assert SetMatch(credit).rate(animals("A,C"), say("")) == 0.0
    assert SetMatch(credit).rate(animals("A,C"), say("B")) == 0.0


def test_sets_of_words() -> None:
    assert set_match("blue and Red.", "red, blue") == 1.0
    assert set_match("red, red, blue", "red, blue") == 1.0
    assert set_match("red or blue", "red, blue") == 0.0
    assert set_match("red, blue, green", "red, blue", credit="jaccard") == pytest.approx(2 / 3)
    assert math.isnan(set_match("red", ","))
    assert overlap(frozenset(), frozenset("A"), "f1") == 0.0


def test_unknown_credit_is_refused() -> None:
    with pytest.raises(RecipeError, match="credit is 'some', expected one of 'all', 'jaccard'"):
        SetMatch("some")  # type: ignore[arg-type]
