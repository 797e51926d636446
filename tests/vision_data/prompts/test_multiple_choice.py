from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data import MediaError
from vision_data.generators.seeds import derive
from vision_data.prompts import (
    STYLES,
    MultipleChoice,
    join_letters,
    letter,
    split_letters,
    with_distractors,
    without_letters,
)

ANIMALS = ("cat", "dog", "fox", "owl")


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("B", (1,)),
        ("b", (1,)),
        ("(C)", (2,)),
        ("D.", (3,)),
        ("A,C", (0, 2)),
        ("C, A", (0, 2)),
        (" c ,a,C ", (0, 2)),
        ("", None),
        ("A,", None),
        ("E", None),
        ("A,E", None),
        ("AC", None),
        ("A C", None),
        ("A cat", None),
        ("the answer is A", None),
        ("1", None),
    ],
)
def test_letters_are_read_strictly(answer, places):
    assert split_letters(answer, 4) == places


@given(st.sets(st.integers(0, 25), min_size=1))
def test_letters_written_are_read_again(places):
    assert split_letters(join_letters(places)) == tuple(sorted(places))


def test_soft_credit_of_tw_grpo_from_the_sets():
    """Its worked numbers: gold A,C; any wrong letter zeroes the credit."""
    gold = set(split_letters("A,C", 4))

    def credit(answer):
        said = set(split_letters(answer, 4) or ())
        return len(said) / len(gold) if said <= gold else 0.0

    assert [credit(text) for text in ("A", "A,C", "C, A", "A,B", "")] == [0.5, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (["A. cat", "B. dog"], ("cat", "dog")),
        (["(A) cat", "(B) dog"], ("cat", "dog")),
        (["A) cat", "B) dog"], ("cat", "dog")),
        (["a: cat", "b: dog"], ("cat", "dog")),
        (["A cat", "B dog"], ("cat", "dog")),
        (["A cat", "A dog"], ("A cat", "A dog")),
        (["A.cat", "B.dog"], ("A.cat", "B.dog")),
        (["B. cat", "A. dog"], ("B. cat", "A. dog")),
        (["A cat"], ("A cat",)),
        (["A. cat"], ("cat",)),
        (["cat", "B. dog"], ("cat", "B. dog")),
        (["A", "B"], ("A", "B")),
        (["A. ", "B. dog"], ("", "dog")),
    ],
)
def test_letters_are_taken_off_when_all_have_their_own(options, texts):
    assert without_letters(options) == texts


@pytest.mark.parametrize(
    ("answer", "gold"),
    [("B", (1,)), ("<answer> B </answer>", (1,)), ("A,D", (0, 3)), ("dog", (1,)), ("<answer>dog</answer>", (1,))],
)
def test_answers_of_records(answer, gold):
    question = MultipleChoice.of("Who?", ["A. cat", "B. dog", "C. fox", "D. owl"], answer)
    assert question == MultipleChoice("Who?", ANIMALS, gold)
    assert MultipleChoice.from_record(question.as_record()) == question
    assert MultipleChoice.of("Who?", ANIMALS, question.answer) == question


def test_options_that_are_letters_themselves():
    assert MultipleChoice.of("Which point?", ["A", "B", "C"], "B").gold == (1,)
    # Letter A is the first option, text A the second: which is meant cannot be known.
    with pytest.raises(MediaError, match="one reading only"):
        MultipleChoice.of("Which point?", ["B", "A"], "A")


@pytest.mark.parametrize("answer", ["E", "A,E", "", "a cat or a dog", "2"])
def test_answers_that_name_no_option_are_refused(answer):
    with pytest.raises(MediaError, match="expected one of the letters A to D"):
        MultipleChoice.of("Who?", ANIMALS, answer)


def test_an_answer_that_is_two_options_is_refused():
    with pytest.raises(MediaError, match="exactly one option"):
        MultipleChoice.of("Who?", ["cat", "cat", "dog"], "cat")


@pytest.mark.parametrize(
    "make",
    [
        lambda: MultipleChoice("Who?", ()),
        lambda: MultipleChoice("Who?", tuple("x" * 27)),
        lambda: MultipleChoice("Who?", "cat"),
        lambda: MultipleChoice("Who?", ("cat", 3)),
        lambda: MultipleChoice("Who?", ("cat",), (1,)),
        lambda: MultipleChoice("Who?", ("cat",), (-1,)),
        lambda: MultipleChoice("Who?", ("cat", "dog"), (True,)),
        lambda: MultipleChoice.from_record({"question": "Who?", "options": "cat", "answer": "A"}),
        lambda: letter(26),
    ],
)
def test_nonsense_is_refused(make):
    with pytest.raises(MediaError, match=r"expected|needs"):
        make()


def test_text_in_every_style():
    question = MultipleChoice("Who?", ("cat", "dog"), (1, 0, 1))
    assert question.gold == (0, 1)
    assert question.answer == "A,B"
    assert question.text() == "Who?\nA. cat\nB. dog"
    for style in STYLES:
        assert without_letters(question.option_lines(style).splitlines()) == ("cat", "dog")


NEGATIVES = ["dog", "cat", "fox", "fox", "owl", "elk"]


def test_distractors_worked():
    made = with_distractors("Who?", ["cat"], NEGATIVES, seed=3)
    assert len(set(made.options)) == 4
    assert [made.options[i] for i in made.gold] == ["cat"]
    several = with_distractors("Who?", ["cat", "ape"], NEGATIVES, seed=3, num_options=5)
    assert {several.options[i] for i in several.gold} == {"cat", "ape"}
    assert made == with_distractors("Who?", ["cat"], NEGATIVES, seed=3)


def test_distractors_put_the_answer_everywhere_and_draw_all():
    made = [with_distractors("Who?", ["cat"], NEGATIVES, derive("d", i)) for i in range(400)]
    counts = [sum(question.gold == (place,) for question in made) for place in range(4)]
    assert min(counts) > 70
    assert {text for question in made for text in question.options} == {"cat", "dog", "fox", "owl", "elk"}


@pytest.mark.parametrize(
    ("answers", "negatives", "num"), [(["cat"], ["cat", "dog"], 4), ([], NEGATIVES, 4), (["a", "b", "c"], NEGATIVES, 2)]
)
def test_too_few_distractors_are_refused(answers, negatives, num):
    with pytest.raises(MediaError, match="right and"):
        with_distractors("Who?", answers, negatives, 0, num)
