from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data import MediaError
from vision_data.prompts import Invert, MultipleChoice
from vision_data.prompts.negation import NEGATED, negate_second_word, negate_star

FIVE = MultipleChoice("what did the boy do", ("ran", "sat", "fell", "sang", "slept"), (2,))
ALWAYS = Invert(probability=1.0)


@pytest.mark.parametrize(("verb", "negated"), NEGATED.items())
def test_second_words(verb, negated):
    assert negate_second_word(f"What {verb} she hold?") == f"What {negated} she hold?"
    assert negate_second_word(f"How {verb.title()} she go?") == f"How {negated.capitalize()} she go?"


@pytest.mark.parametrize(
    "question", ["what the boy did", "did the boy run", "what", "", "what didn't he do", "what didnt it", "what does?"]
)
def test_other_second_words_are_left(question):
    assert negate_second_word(question) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("What happened after the boy sat?", "What didn't happen after the boy sat?"),
        ("what happened before he was seen", "what didn't happen before he was seen"),
        ("What will the boy do next?", "What won't the boy do next?"),
        ("What is the boy able to do?", "What is the boy unable to do?"),
        ("Which object did the boy throw?", "Which object didn't the boy throw?"),
        ("Which object was opened?", "Which object wasn't opened?"),
        ("What would the boy do?", "What wouldn't the boy do?"),
        ("Who is there?", None),
        ("Where is the table", None),
    ],
)
def test_questions_of_star(before, after):
    assert negate_star(before) == after


@given(st.text(max_size=8), st.integers(0, 2**40))
def test_laws_of_inversion(key, seed):
    made = Invert(probability=1.0, seed=seed)(FIVE, key)
    new = made.question
    assert new.question == "what didn't the boy do"
    assert 2 <= len(new.options) <= 5
    assert new.options == tuple(FIVE.options[old] for old in made.order)
    # The old right option is the only wrong one.
    wrong = [place for place in range(len(new.options)) if place not in new.gold]
    assert made.old(wrong) == FIVE.gold
    assert made.original == FIVE
    assert made == Invert(probability=1.0, seed=seed)(FIVE, key)
    assert made.old_answer(new.answer) == ",".join("ABCDE"[old] for old in sorted(set(made.order) - {2}))


def test_numbers_places_and_options_are_drawn_evenly():
    made = [ALWAYS(FIVE, str(i)) for i in range(2000)]
    kept = Counter(len(m.question.gold) for m in made)
    assert set(kept) == {1, 2, 3, 4}
    assert min(kept.values()) > 420
    assert max(kept.values()) < 580
    dropped = Counter(old for m in made for old in range(5) if old not in m.order)
    assert set(dropped) == {0, 1, 3, 4}
    assert max(dropped.values()) < 1.2 * min(dropped.values())
    wrong_place = Counter(m.new([2])[0] for m in made if len(m.order) == 5)
    assert min(wrong_place[place] for place in range(5)) > 60


def test_half_of_the_questions_are_tried():
    made = [Invert()(FIVE, str(i)) for i in range(1000)]
    assert 430 < sum(m is not None for m in made) < 570
    assert all(Invert(probability=0.0)(FIVE, str(i)) is None for i in range(20))
    # A question's fate does not hang on the others, and another seed draws others.
    assert made[700] == Invert()(FIVE, "700")
    assert made != [Invert(seed=1)(FIVE, str(i)) for i in range(1000)]


def with_question(text, options=FIVE.options):
    return MultipleChoice(text, options, (2,))


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (with_question("what the boy did"), "what the boy did"),
        (with_question("why did the boy run"), "why didn't the boy run"),
        (with_question("what did he do", ("ran", "sat", "all of the above")), "what didn't he do"),
        (with_question("what did he do", ("ran", "sat", "both A and B")), "what didn't he do"),
        (with_question("what did he do", ("ran", "Sang", "sang ")), "what didn't he do"),
    ],
)
def test_the_released_rule_mislabels_what_the_corrected_one_leaves(question, asked):
    assert ALWAYS(question, "k") is None
    made = Invert("released", probability=1.0)(question, "k")
    assert made.question.question == asked
    assert made.old(set(range(len(made.order))) - set(made.question.gold)) == (2,)


def test_both_variants_make_the_same_of_a_question_that_fits():
    for key in map(str, range(30)):
        assert Invert("released")(FIVE, key) == Invert("corrected")(FIVE, key)


def test_openers_and_rules_are_fields():
    why = with_question("Why did the boy run")
    assert Invert(probability=1.0, openers=("WHAT", "why"))(why, "k").question.question == "Why didn't the boy run"
    star = with_question("What happened after he sat?")
    assert ALWAYS(star, "k") is None
    assert Invert(rules="star", probability=1.0)(star, "k").question.question == "What didn't happen after he sat?"


def test_two_options_become_two():
    made = ALWAYS(MultipleChoice("what is it", ("a cup", "a hat"), (0,)), "k")
    assert set(made.question.options) == {"a cup", "a hat"}
    assert made.question.options[made.question.gold[0]] == "a hat"


@pytest.mark.parametrize(
    "question",
    [
        MultipleChoice("what is it", ("a", "b", "c"), (0, 1)),
        MultipleChoice("what is it", ("a", "b"), ()),
        MultipleChoice("what is it", ("a",), (0,)),
    ],
)
def test_one_right_option_is_needed(question):
    with pytest.raises(MediaError, match=r"question 'k7' has .*expected exactly one right of at least two"):
        ALWAYS(question, "k7")


@pytest.mark.parametrize("fields", [{"variant": "new"}, {"rules": "clevrer"}, {"probability": 1.5}])
def test_nonsense_is_refused(fields):
    with pytest.raises(MediaError, match="Invert"):
        Invert(**fields)
