r"""Whether two answers to a mathematical question are the same, as far as that can be told without computer algebra.

Exactly one answer is read. What offers several (a list where the gold is one value, ``1 or 2``, ``1=2``, ``\pm``) is
equal only to a gold that has as many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from mmreason.parsing.expressions import Undefined, Unreadable, values
from mmreason.parsing.math_text import MAX_MATH, alternatives, plain_words, spell, split_outside, split_unit, squeeze
from mmreason.parsing.numbers import equal_numbers, parse_number

MAX_PARTS = 20
"""Elements of the longest list, and sides of the longest chain of equations, that are compared here."""

_NAME = re.compile(r"\s*[A-Za-z](?:_\{?[A-Za-z0-9]+\}?)?(?:\([A-Za-z]\))?\s*")
_WORDS = re.compile(r"[A-Za-z][A-Za-z '-]+")
_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_KNOWN = frozenset(
    {
        "sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
        "log", "exp", "max", "min", "gcd", "lcm", "mod", "det", "sqrt", "and",
    }
)  # fmt: skip
_MATRIX = re.compile(r"\\(?:begin|end)\{[a-zA-Z]+\}")
_RELATION = re.compile(r"[<>]|\\(?:le|ge|ne|in|approx|equiv|to|cup|cap|subset)(?![A-Za-z])")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.[0-9]+")
_INFINITY = re.compile(r"\s*[+-]?\s*\\infty\s*")
_BRACKETS = {"(": ")", "[": "]"}
EXACT = 1e-9
"""Relative distance under which two formulas are taken to be the same; doubles lose about 1e-13 in a short one."""


@lru_cache(maxsize=16384)
def same_math(gold: str, answer: str, tolerance: float = 1e-6) -> bool | None:
    """Compare an answer with the gold answer; None where only computer algebra could tell.

    An empty answer, prose, or one over ``MAX_MATH`` characters is wrong.

    Args:
        gold: The gold answer, trusted.
        answer: What a policy answered, without the box.
        tolerance: Of numbers and constants that are not whole, relative to the gold.
    """
    if len(answer) > MAX_MATH or not answer.strip():
        return False
    if len(gold) > MAX_MATH:
        return answer.split() == gold.split()
    one, other = spell(gold), spell(answer)
    if squeeze(one) == squeeze(other):
        return bool(other)
    if not one or max(len(one), len(other)) > MAX_MATH:
        return False
    if not balanced(other) or "\\boxed" in other or is_prose(other):
        return _same_words(one, other)
    return _same(one, other, tolerance)


def balanced(text: str) -> bool:
    """Say whether braces close in order; escaped ones count as well."""
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def is_prose(text: str) -> bool:
    """Say whether there are words that are neither commands, functions nor a unit at the end."""
    words = _PROSE.findall(_MATRIX.sub("", plain_words(split_unit(text)[0])))
    return any(word.lower() not in _KNOWN for word in words)


def _same_words(gold: str, answer: str) -> bool:
    """Words against words, whatever their case."""
    return squeeze(gold).strip("()").casefold() == squeeze(answer).strip("()").casefold()


def _same(gold: str, answer: str, tolerance: float) -> bool | None:
    """Both spelt out; the answer is balanced and no prose."""
    words = plain_words(gold)
    if _WORDS.fullmatch(words) or (len(words.strip("()")) == 1 and words.strip("()").isupper()):
        return _same_words(gold, answer)
    if "=" in answer and "=" not in gold:
        return _every_side(gold, answer, tolerance)
    if "=" in gold:
        return _equations(gold, answer, tolerance)
    if _RELATION.search(gold) or _RELATION.search(answer):
        return None
    return _lists(gold, answer, tolerance)


def _every_side(gold: str, answer: str, tolerance: float) -> bool | None:
    """``x = 2`` or ``1 + 1 = 2``: a name, then values that must all be right."""
    name, *sides = split_outside(answer, "=")
    if len(sides) > MAX_PARTS:
        return False
    if not _NAME.fullmatch(name) or not sides:
        sides.insert(0, name)
    return _all(_same(gold, side, tolerance) if "=" not in side else False for side in sides)


def _equations(gold: str, answer: str, tolerance: float) -> bool | None:
    """``y = 2x``: the same name, or none, and the same right side; else computer algebra."""
    name, *rest = split_outside(gold, "=")
    if len(rest) != 1 or not _NAME.fullmatch(name):
        return None
    found = split_outside(answer, "=")
    if len(found) == 1 or (len(found) == 2 and squeeze(found[0]) == squeeze(name)):
        return _same(rest[0], found[-1], tolerance)
    return None


def _lists(gold: str, answer: str, tolerance: float) -> bool | None:
    if parse_number(gold) and parse_number(answer):  # 1,234 is no list
        return _values(gold, answer, tolerance)
    ordered, one = _parts(gold)
    other_ordered, other = _parts(answer)
    if len(one) != len(other):
        return False
    if len(one) == 1:
        return _values(one[0], other[0], tolerance)
    if len(one) > MAX_PARTS:
        return None
    if ordered and other_ordered:
        return ordered == other_ordered and _all(map(_same, one, other, [tolerance] * len(one)))
    return None if ordered or other_ordered else _matched(one, other, tolerance)


def _parts(text: str) -> tuple[str, list[str]]:
    r"""Brackets where order counts (tuples, intervals), and the elements; ``\pm`` stands for two."""
    text = text.strip()
    for left, right in ((r"\{", r"\}"), ("{", "}")):
        if text.startswith(left) and text.endswith(right):
            text = text.removeprefix(left).removesuffix(right)
    whole = text[:1] in _BRACKETS and text[-1:] in (")", "]") and len(split_outside(text[1:-1], ",")) > 1
    if whole:
        return text[0] + text[-1], split_outside(text[1:-1], ",")
    found = [text] if parse_number(text) else split_outside(alternatives(text), ",")
    both = [part.replace(r"\pm", sign) for part in found for sign in ("+", "-") if sign == "+" or r"\pm" in part]
    return "", both


def _matched(gold: Sequence[str], answer: Sequence[str], tolerance: float) -> bool | None:
    """Each gold element once, in any order."""
    left, unsure = list(answer), False
    for part in gold:
        found = [_same(part, other, tolerance) for other in left]
        if True in found:
            del left[found.index(True)]
        elif None in found:
            unsure = True
        else:
            return False
    return None if unsure else True


def _values(gold: str, answer: str, tolerance: float) -> bool | None:
    """One value each: numbers exactly, formulas by their values; units may be left out but not exchanged."""
    (gold, unit), (answer, other) = split_unit(gold, trusted=True), split_unit(answer)
    if unit and other and unit != other:
        return False
    one, two = parse_number(gold), parse_number(answer)
    if one and two:
        return equal_numbers(one, two, tolerance)
    return _formulas(plain_words(gold), plain_words(answer), tolerance)


def _formulas(gold: str, answer: str, tolerance: float) -> bool | None:
    if _INFINITY.fullmatch(gold) or _INFINITY.fullmatch(answer):
        return squeeze(gold).removeprefix("+") == squeeze(answer).removeprefix("+")
    try:
        expected = values(gold)
    except (Unreadable, Undefined):
        return None
    try:
        found = values(answer)
    except Unreadable:
        return None
    except Undefined:  # the gold has a value
        return False
    decimal = bool(_DECIMAL.fullmatch(answer.strip()) or _DECIMAL.fullmatch(gold.strip()))
    limit = tolerance if decimal and len(set(expected)) == len(set(found)) == 1 else EXACT
    agree = [abs(a - b) <= limit * max(abs(a), abs(b)) for a, b in zip(expected, found, strict=True)]
    # Equal for positive values only, as the root of a square: what the variables may be is not ours to say.
    return None if all(agree[:-1]) and not agree[-1] else all(agree)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """False if any is, else None if any is, else True."""
    found = list(answers)
    return False if False in found else None if None in found else True
