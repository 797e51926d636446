from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data import MediaError
from vision_data.generators.seeds import derive
from vision_data.prompts import MultipleChoice, Rearranged, redact_letters, reorder, shuffle_options, why_fixed
from vision_data.prompts.references import is_placed, may_name_options, names_options, rename_options

CARD = MultipleChoice("Which animal?", ("cat", "dog", "fox", "owl"), (2,))


@st.composite
def questions(draw):
    texts = draw(st.lists(st.text(max_size=6), min_size=2, max_size=7))
    gold = draw(st.sets(st.integers(0, len(texts) - 1)))
    return MultipleChoice(draw(st.text(max_size=10)), tuple(texts), tuple(gold))


def test_worked_example_of_acre():
    moved = reorder(CARD, (3, 2, 0, 1))
    assert moved.question.options == ("owl", "fox", "cat", "dog")
    assert moved.question.answer == "B"

    def credit(first, second):
        right = first == CARD.answer, moved.old_answer(second) == CARD.answer
        return {(True, True): 1.0, (True, False): 0.5, (False, True): 0.25, (False, False): 0.0}[right]

    assert [credit(*pair) for pair in (("C", "B"), ("C", "C"), ("A", "B"), ("D", "A"))] == [1.0, 0.5, 0.25, 0.0]
    assert moved.old_answer("C") == "A"
    assert moved.old_answer("A") == "D"
    assert moved.new_answer("D") == "A"


@given(questions(), st.integers(0, 2**48))
def test_laws_of_shuffling(question, seed):
    if why_fixed(question, "keep"):
        return
    moved = shuffle_options(question, seed, "keep")
    new = moved.question
    assert sorted(moved.order) == list(range(len(question.options)))
    assert list(moved.order) != sorted(moved.order)
    assert new.options == tuple(question.options[old] for old in moved.order)
    assert moved.old(new.gold) == question.gold
    assert moved.new(question.gold) == new.gold
    free = [place for place, text in enumerate(question.options) if not is_placed(text)]
    if 0 < len(question.gold) < len(question.options) and len(free) == len(question.options):
        assert new.gold != question.gold
    for place in range(len(question.options)):
        assert moved.old(moved.new([place])) == (place,)
    assert shuffle_options(question, seed, "keep") == moved
    back = reorder(new, [moved.order.index(place) for place in range(len(moved.order))], "keep")
    assert back.question == question


def test_orders_are_drawn_evenly_from_those_that_move_the_gold_letter():
    drawn = Counter(shuffle_options(CARD, derive("even", i)).order for i in range(3600))
    assert set(drawn) == {order for order in permutations(range(4)) if order[2] != 2}
    assert min(drawn.values()) > 140
    assert max(drawn.values()) < 260


def test_two_options_change_places():
    assert {shuffle_options(MultipleChoice("", ("yes", "no"), (0,)), seed).order for seed in range(9)} == {(1, 0)}


def test_equal_texts_are_told_apart_by_place():
    question = MultipleChoice("", ("cat", "cat", "dog"), (0,))
    for seed in range(20):
        moved = shuffle_options(question, seed)
        assert moved.question.gold != (0,)
        assert moved.old_answer(moved.question.answer) == "A"


def test_all_right_or_unknown_still_moves():
    for gold in ((), (0, 1, 2, 3)):
        moved = shuffle_options(MultipleChoice("", CARD.options, gold), 5)
        assert list(moved.order) != [0, 1, 2, 3]
        assert moved.question.gold == gold


@pytest.mark.parametrize(
    "text",
    [
        "All of the above",
        "none of the above.",
        "None of the options above",
        "All the above are correct",
        "both of the above",
        "Any of the following",
        "The above",
        "None of the above statements is true",
    ],
)
def test_options_that_speak_of_places_stay(text):
    assert is_placed(text)
    question = MultipleChoice("", ("cat", "dog", "fox", text), (3,))
    orders = {shuffle_options(question, seed).order for seed in range(60)}
    assert all(order[3] == 3 for order in orders)
    assert len(orders) == 5
    inner = MultipleChoice("", ("cat", "dog", text, "fox", "owl"), (0,))
    for seed in range(60):
        order = shuffle_options(inner, seed).order
        assert set(order[:2]) == {0, 1}
        assert order[2] == 2
        assert order[0] == 1


@pytest.mark.parametrize("text", ["the lamp above the sofa", "two cats below the table", "None of these", "above it"])
def test_places_in_the_picture_do_not_count(text):
    assert not is_placed(text)


CLEAR = [
    ("Both A and B", "Both C and D"),
    ("both A and B.", "both C and D."),
    ("Only A", "Only C"),
    ("Neither B nor C", "Neither D nor B"),
    ("Either (A) or (D)", "Either (C) or (A)"),
    ("A, B, and C only", "C, D, and B only"),
    ("All of options A, B and C", "All of options C, D and B"),
]
UNCLEAR = [("A and C", "C and B"), ("A, B", "C, D"), ("Option B", "Option D"), ("A & D", "C & A")]
LEFT = [
    "A",
    "Vitamin A",
    "a and b",
    "Both A and E",
    "A dog and B",
    "Plan B",
    "I",
    "A B",
    "Both Anna and Bob",
    "E and F",
]


@pytest.mark.parametrize(("before", "after"), CLEAR)
def test_letters_that_name_options_follow_them(before, after):
    assert names_options(before, 4)
    assert not may_name_options(before, 4)
    question = MultipleChoice("", ("cat", "dog", "fox", before), (3,))
    moved = reorder(question, (3, 2, 0, 1))
    assert moved.question.options == (after, "fox", "cat", "dog")
    assert reorder(moved.question, (2, 3, 1, 0)).question == question
    assert reorder(question, (3, 2, 0, 1), "keep").question.options[0] == before
    assert shuffle_options(question, 1).question.options != question.options


@pytest.mark.parametrize(("before", "after"), UNCLEAR)
def test_letters_that_may_name_options_are_refused_unless_said(before, after):
    assert may_name_options(before, 4)
    question = MultipleChoice("", ("cat", "dog", "fox", before), (3,))
    with pytest.raises(MediaError, match='letters="rename" says the one'):
        shuffle_options(question, 1)
    assert reorder(question, (3, 2, 0, 1), "rename").question.options[0] == after
    assert before in shuffle_options(question, 1, "keep").question.options


@pytest.mark.parametrize("text", LEFT)
def test_other_letters_stay(text):
    assert not names_options(text, 4)
    assert not may_name_options(text, 4)
    assert rename_options(text, (3, 2, 0, 1)) == text


def test_letters_in_the_question():
    question = MultipleChoice("Is option B or option C right, for point A?", ("cat", "dog", "fox"), (1,))
    assert "may be" in why_fixed(question) or "has letters" in why_fixed(question)
    moved = reorder(question, (1, 2, 0), "rename")
    assert moved.question.question == "Is option A or option B right, for point A?"
    assert reorder(question, (1, 2, 0), "keep").question.question == question.question


def test_what_cannot_be_shuffled_says_why():
    single = MultipleChoice("", ("cat",), (0,))
    assert why_fixed(single) == "no two of them may change places"
    with pytest.raises(MediaError, match="cannot be shuffled: no two"):
        shuffle_options(single, 0)
    with pytest.raises(MediaError, match="expected each of 0 to 3 once"):
        reorder(CARD, (0, 1, 2))
    assert why_fixed(CARD) == ""


def test_answers_that_are_none_stay_none():
    moved = reorder(CARD, (3, 2, 0, 1))
    for answer in ("", "E", "fox", "A,E"):
        assert moved.old_answer(answer) is None
        assert moved.new_answer(answer) is None
    assert moved.old_answer("a, B") == "C,D"


def test_an_order_that_does_not_fit_is_refused():
    with pytest.raises(MediaError, match="for each new position the old one, each once"):
        Rearranged(CARD, CARD, (0, 1, 2, 2))
    with pytest.raises(MediaError, match="for each new position"):
        Rearranged(CARD, CARD, (0, 1, 2, 4))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("So the answer is B.", "So the answer is [option]."),
        ("Answer: C", "Answer: [option]"),
        ("The correct answer is (B), since", "The correct answer is [option], since"),
        ("options A, B and C are wrong", "options [option] are wrong"),
        ("(A) is a cat.\n- B. a dog", "[option] is a cat.\n- [option] a dog"),
        (r"\boxed{A, C} and **D**", "[option] and [option]"),
        ("I think it's B", "I think it's [option]"),
        ("I choose option 'B'.", "I choose option [option]."),
        ("Line A meets point B, as a man from Unit C says.", None),
        ("the answer is Bob", None),
        ("the answer is I think clear", None),
        ("A dog and a cat", None),
    ],
)
def test_letters_are_taken_out_of_traces(before, after):
    assert redact_letters(before) == (before if after is None else after)
    assert redact_letters(redact_letters(before)) == redact_letters(before)


@pytest.mark.parametrize("replacement", ["", r"\1", "…"])
def test_any_replacement_is_taken_as_it_stands(replacement):
    assert redact_letters("answer is B", replacement) == f"answer is {replacement}"
