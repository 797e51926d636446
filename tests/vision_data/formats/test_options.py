from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_data.errors import MediaError
from vision_data.formats.options import LETTERS, options_in, options_of, with_options

TEXTS = st.lists(
    st.text(st.characters(categories=("Ll",)), min_size=2, max_size=8), min_size=2, max_size=6, unique=True
)


@given(TEXTS)
def test_options_that_are_written_are_found_again(texts: list[str]) -> None:
    question = with_options("Which one?", texts)
    assert options_in(question) == tuple(texts)
    assert options_of([f"{letter}. {text}" for letter, text in zip(LETTERS, texts, strict=False)]) == tuple(texts)
    assert options_of(str(texts)) == tuple(texts)
    assert options_of(dict(zip(LETTERS, texts, strict=False))) == tuple(texts)


def test_letters_are_taken_off_only_where_all_have_them_in_order() -> None:
    assert options_of(["(A) up", "(B) down"]) == ("up", "down")
    assert options_of(["B. up", "A. down"]) == ("B. up", "A. down")
    assert options_of(["A. up", "down"]) == ("A. up", "down")
    assert options_of(["1.", "2."]) == ("1.", "2.")
    assert options_of(None) == options_of("") == options_of([]) == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["up", " "], "option 2 of 2 is empty"),
        ({"A": "up", "C": "down"}, "named A, C"),
        ("up or down", "expected a list"),
        (3, "expected a list"),
        (["x"] * 27, "at most 26"),
        ("[" * 5000, "expected a list"),
    ],
)
def test_what_is_no_list_of_options(value: Any, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        options_of(value)


def test_a_question_without_options_has_none() -> None:
    assert options_in("A. Lincoln was who?") == ()
    assert options_in("Why?\nB. so\nA. thus") == ()
