"""Instructions about words, letters, case and punctuation. Each takes a text and its arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

RELATIONS = ("less than", "at least")
"""How a count may be compared."""

_CAPITALS = re.compile(r"[^\W_]+(?:['\u2019.\-][^\W_]+)*")
_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]*]*(?=\s|$)|[\u3002\uff01\uff1f]+")
_SHORT = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|[A-Za-z](?:\.[A-Za-z])+|mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|no|fig|approx|inc|ltd|co)$",
    re.IGNORECASE,
)
_COMMAS = re.compile(r"[,\uff0c\u060c\u3001\ufe50\ufe51\uff64]")


def compares(count: int, relation: str, number: float) -> bool:
    """Compare a count with a number."""
    return count < number if relation == "less than" else count >= number


def has_keywords(text: str, args: Mapping[str, Any]) -> bool:
    """All keywords occur, whatever their case, also inside longer words."""
    lower = text.lower()
    return all(str(word).lower() in lower for word in args["keywords"])


def keyword_count(text: str, args: Mapping[str, Any]) -> bool:
    """A keyword occurs less than, or at least, so often."""
    word = args["keyword"].strip().lower()
    return bool(word) and compares(text.lower().count(word), args["relation"], args["frequency"])


def lacks_words(text: str, args: Mapping[str, Any]) -> bool:
    """No forbidden word occurs as a whole word."""
    words = "|".join(re.escape(str(word)) for word in args["forbidden_words"])
    return not words or re.search(rf"(?<!\w)(?:{words})(?!\w)", text, re.IGNORECASE) is None


def letter_count(text: str, args: Mapping[str, Any]) -> bool:
    """A letter, or any other character, occurs less than, or at least, so often."""
    return compares(text.lower().count(args["letter"].lower()), args["let_relation"], args["let_frequency"])


def count_sentences(text: str) -> int:
    """Count sentences: what ends in a full stop, exclamation or question mark, or with the text.

    Points in numbers, after initials and after common abbreviations end nothing; a part without a word is none.

    >>> count_sentences("Dr. Li paid 3.5 euros... Why? He was, e.g. Tuesday, happy")
    3
    """
    num, start = 0, 0
    for mark in _END.finditer(text):
        before = text[max(start, mark.start() - 12) : mark.start()]
        if mark[0] == "." and mark.end() < len(text) and _SHORT.search(before):
            continue
        num += _has_word(text[start : mark.start()])
        start = mark.end()
    return num + _has_word(text[start:])


def sentence_count(text: str, args: Mapping[str, Any]) -> bool:
    """Less than, or at least, so many sentences."""
    return compares(count_sentences(text), args["relation"], args["num_sentences"])


def word_count(text: str, args: Mapping[str, Any]) -> bool:
    r"""Less than, or at least, so many words, which are runs of ``\w``."""
    return compares(len(re.findall(r"\w+", text)), args["relation"], args["num_words"])


def repeats_prompt(text: str, args: Mapping[str, Any]) -> bool:
    """The response begins with the request, whatever its case."""
    wanted = args["prompt_to_repeat"].strip().lower()
    return bool(wanted) and text.strip().lower().startswith(wanted)


def ends_with(text: str, args: Mapping[str, Any]) -> bool:
    """The response ends with a phrase, whatever its case, and nothing but quotation marks follows."""
    return text.strip().strip('"').lower().endswith(args["end_phrase"].strip().strip('"').lower())


def capital_words(text: str, args: Mapping[str, Any]) -> bool:
    """Less than, or at least, so many words in capitals."""
    num = sum(word.isupper() for word in _CAPITALS.findall(text))
    return compares(num, args["capital_relation"], args["capital_frequency"])


def all_capital(text: str, args: Mapping[str, Any]) -> bool:
    """Capital letters only; that the words are English is not looked at."""
    return text.isupper()


def all_lowercase(text: str, args: Mapping[str, Any]) -> bool:
    """Small letters only; that the words are English is not looked at."""
    return text.islower()


def no_comma(text: str, args: Mapping[str, Any]) -> bool:
    """No comma of any script."""
    return _COMMAS.search(text) is None


def _has_word(text: str) -> bool:
    return any(char.isalnum() for char in text)
