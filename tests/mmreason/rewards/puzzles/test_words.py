from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.rewards.puzzles.words import (
    first_mistake,
    verify_cryptarithm,
    verify_dyck,
    verify_ladder,
    verify_options,
    verify_text,
    verify_words,
)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("C, A", True),
        ("A,C", True),
        ("AC", True),
        ("A and C", True),
        ("\\text{A}, \\text{C}", True),
        ("A, C, A", True),
        ("(A), (C)", True),
        ("ABC", False),
        ("A", False),
        ("A, B, C", False),
        ("a, c", False),
        ("A or C", False),
        ("", False),
        ("A, C, yes, no", False),
        ("\u0410, C", False),
        ("A..Z", False),
    ],
)
def test_options(answer, right) -> None:
    assert verify_options(answer, {"options": ["A", "C"]}) is right


def test_any_completion_of_brackets_counts() -> None:
    record = {"prefix": "([", "length": 6}
    assert all(verify_dyck(text, record) for text in ("([])()", "([()])", "( [ ] < > )"))
    assert not any(verify_dyck(text, record) for text in ("([])", "])", "([)]()", "()[][]", "([]))(", "([x])x", ""))


@given(st.lists(st.sampled_from("()[]{}<>x"), max_size=12))
def test_a_sequence_is_correct_where_pairs_can_be_taken_out_until_none_is_left(brackets) -> None:
    text = left = "".join(brackets)
    for _ in brackets:
        for pair in ("()", "[]", "{}", "<>"):
            left = left.replace(pair, "")
    assert (first_mistake(text) == 0) is (left == "")


def test_the_first_mistake() -> None:
    assert [first_mistake(text) for text in ("", "([)]", "((", ")", "()]")] == [0, 3, 3, 1, 3]


def test_sorted_words() -> None:
    record = {"words": ["ba", "ca", "da"]}
    assert verify_words("ba, ca, da", record)
    assert verify_words("Ba\nCa\nDa", record)
    assert not verify_words("ca, ba, da", record)
    assert not verify_words("ba, ca, da, da", record)
    assert not verify_words("", record)


def test_ladders() -> None:
    record = {"start": "gore", "end": "gobi", "words": ["gore", "goro", "gobo", "gobi", "gobe"]}
    assert verify_ladder("gore, goro, gobo, gobi", record)
    assert verify_ladder("gore -> gobe -> gobi", record)
    wrong = ("gore, gobi", "gore, gose, gobe, gobi", "gobe, gobi", "gore, gobe", "gore, goro, gore, gobe, gobi", "")
    assert not any(verify_ladder(text, record) for text in wrong)


def test_plain_text() -> None:
    assert verify_text(' "hatu" ', {"text": "HATU"})
    assert not verify_text("HATU!", {"text": "HATU"})
    assert not verify_text("", {"text": "HATU"})


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("A=9, B=1, C=8", False),
        ("C=9, D=1, B=8", True),
        ("B=8\nC=9\nD=1", True),
        ("B: 8; C: 9 and D: 1", True),
        ("C=9, D=1", False),
        ("C=9, D=1, B=8, E=2", False),
        ("C=9, D=1, B=8, B=8", False),
        ("C=9, D=1, B=18", False),
        ("C=9, D=1, B=9", False),
        ("C=0, D=0, B=0", False),
        ("C=9, D=1, B=8 or 7", False),
        ("", False),
        ("C=\u0669, D=1, B=8", False),
    ],
)
def test_cryptarithm(answer, right) -> None:
    assert verify_cryptarithm(answer, {"terms": ["CC", "DC"], "total": "DDB"}) is right
