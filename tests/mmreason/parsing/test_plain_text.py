from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.plain_text import normalise_text, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beatles!", "beatles"),
        ("naïve\u200b caf\u00e9", "naïve cafe\u0301"),
        ("\uff30aris", "paris"),
        ("an  apple,  a pear", "apple pear"),
        ("1,234", "1234"),
        ("\u22125", "-5"),
        ("don't", "dont"),
        ("\u202dx", "\u202dX"),
    ],
)
def test_same(one: str, other: str) -> None:
    assert normalise_text(one) == normalise_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-5", "5"),
        ("3.14", "314"),
        ("1/2", "12"),
        ("12:30", "1230"),
        (".5", "5"),
        ("1,2", "12"),
        ("\u202esiraP", "siraP"),
    ],
)
def test_different(one: str, other: str) -> None:
    assert normalise_text(one) != normalise_text(other)


def test_the_scorer_of_squad_drops_signs_and_points() -> None:
    assert normalise_text("-3.14", numbers=False) == "314"


def test_vowel_signs_of_other_scripts_are_no_punctuation() -> None:
    assert normalise_text("\u0939\u093f\u0928\u094d\u0926\u0940!") == "\u0939\u093f\u0928\u094d\u0926\u0940"


def test_each_step_can_be_left_out() -> None:
    assert normalise_text("The A.", case=False, articles=False, punctuation=False) == "The A."


@given(st.text())
def test_once_is_enough(text: str) -> None:
    assert plain(plain(text)) == plain(text) or not text.isascii()
    bare = re.sub(r"[0-9]", "", plain(text))  # what is left of a mark before a digit may join a word, as in "B{.0"
    assert normalise_text(normalise_text(bare), articles=False) == normalise_text(bare)
