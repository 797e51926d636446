"""Answers made of letters and words: options, brackets, sorted words, word ladders, plain text, digit for letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from mmreason.rewards.puzzles.reading import read_words

PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_LETTERS = re.compile(r"(?:\\text\s*\{([^{}]*)\}|.)", re.DOTALL)
_BETWEEN = re.compile(r"\band\b|[\s,;&.()]")
_ASSIGNED = re.compile(r"([A-Z])\s*[=:]\s*([0-9])(?![0-9])")


def verify_options(answer: str, record: Mapping[str, Any]) -> bool:
    r"""Check that exactly the letters of ``options`` are named, in any order and with anything between.

    >>> [verify_options(text, {"options": ["A", "C"]}) for text in ("C, A", "A and C", "ABC", "A, C or D")]
    [True, True, False, False]
    """
    inside = "".join(found[1] or found[0] for found in _LETTERS.finditer(answer))
    letters = _BETWEEN.sub("", inside)
    return letters.isascii() and letters.isupper() and letters.isalpha() and set(letters) == set(record["options"])


def verify_dyck(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a whole sequence: it begins with ``prefix``, has ``length`` brackets and every one is closed in order.

    Only the answer is read, never the whole response, which the released verifier of SynLogic compares.
    """
    brackets = "".join(answer.split())
    fits = len(brackets) == record["length"] and brackets.startswith(record["prefix"])
    return fits and first_mistake(brackets) == 0


def first_mistake(brackets: str) -> int:
    """Give the place, from 1, of the first bracket that is wrong; one past the end where some stay open; 0 for none.

    >>> first_mistake("([])"), first_mistake("([)]"), first_mistake("(["), first_mistake("(x)")
    (0, 3, 3, 2)
    """
    waiting: list[str] = []
    for at, bracket in enumerate(brackets, 1):
        if bracket in PAIRS:
            waiting.append(PAIRS[bracket])
        elif not waiting or waiting.pop() != bracket:
            return at
    return len(brackets) + 1 if waiting else 0


def verify_words(answer: str, record: Mapping[str, Any]) -> bool:
    """Check that the answer lists exactly ``words``, in this order."""
    return read_words(answer) == list(record["words"])


def verify_ladder(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a ladder from ``start`` to ``end``: allowed ``words`` only, one letter changed at each step, none twice."""
    steps = read_words(answer.replace("->", ",").replace("\u2192", ","))
    if not steps or (steps[0], steps[-1]) != (record["start"], record["end"]) or len(set(steps)) < len(steps):
        return False
    return set(steps) <= set(record["words"]) and all(one_apart(a, b) for a, b in pairwise(steps))


def one_apart(a: str, b: str) -> bool:
    """Say whether two words differ in exactly one letter."""
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


def verify_text(answer: str, record: Mapping[str, Any]) -> bool:
    """Check for exactly ``text``, apart from case, white space and quotes around it."""
    return answer.strip().strip("\"'`").strip().lower() == str(record["text"]).lower()


def verify_cryptarithm(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a digit for each letter, such as ``A=1, B=2``: all different, no number with a leading 0, the sum holds.

    ``terms`` add up to ``total``; both are words.
    """
    pairs = _ASSIGNED.findall(answer)
    digits = dict(pairs)
    numbers = [*record["terms"], record["total"]]
    rest = _BETWEEN.sub("", _ASSIGNED.sub("", answer))
    if rest or len(digits) != len(pairs) or set(digits) != set("".join(numbers)):
        return False
    if len(set(digits.values())) < len(digits) or any(digits[word[0]] == "0" for word in numbers if len(word) > 1):
        return False
    *terms, total = (int("".join(digits[letter] for letter in word)) for word in numbers)
    return sum(terms) == total
