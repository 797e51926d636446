from __future__ import annotations

import re

import pytest

from mmreason.errors import RecipeError
from mmreason.parsing.limited_regex import MAX_SEARCHED, matches


def test_where_and_flags() -> None:
    texts = ["abc", "xabc", "ABC", ""]
    assert matches("abc", texts) == [True, False, False, False]
    assert matches("ab", texts, "start") == [True, False, False, False]
    assert matches("BC", texts, "anywhere", int(re.IGNORECASE)) == [True, True, True, False]
    assert matches("x", []) == []


def test_endless_backtracking_costs_its_own_text_only() -> None:
    assert matches(r"(a+)+b", ["a" * 60, "aab", "b"], seconds=0.3) == [None, True, False]


def test_bad_patterns_and_long_texts() -> None:
    with pytest.raises(RecipeError, match=r"'\(a' is no regular expression"):
        matches("(a", ["a"])
    assert matches("x*", ["x" * (MAX_SEARCHED + 1), "xx"]) == [False, True]
