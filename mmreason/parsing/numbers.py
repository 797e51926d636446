r"""Numbers as people and policies write them: separators, percent, fractions, decimals, powers of ten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_DIGITS = 400
"""Digits, and size of an exponent, of the longest number that is read."""

_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_DECIMAL = rf"(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)"
_POWER = r"(?:[eE](?P<e>[+-]?[0-9]+)|\s*\*\s*10\s*\^\s*(?:\{\s*(?P<braced>[+-]?[0-9]+)\s*\}|(?P<bare>[+-]?[0-9]+)))"
_PLAIN = re.compile(rf"(?P<value>{_DECIMAL}){_POWER}?")
_RATIO = re.compile(
    rf"(?:(?P<whole>[0-9]+)\s*(?=\\|\s[0-9]))?\s*(?:\\frac\s*(?:\{{\s*(?P<top>[+-]?{_DECIMAL})\s*\}}|(?P<one>[0-9]))"
    rf"\s*(?:\{{\s*(?P<bottom>[+-]?{_DECIMAL})\s*\}}|(?P<two>[0-9]))|(?P<over>{_DECIMAL})\s*/\s*(?P<under>{_DECIMAL}))"
)
_SIGNED = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<currency>[$\u20ac\u00a3\u00a5]?)\s*(?P<body>[^%]*[^%\s])\s*(?P<percent>%?)"
)


@dataclass(frozen=True, slots=True)
class Number:
    """What was written."""

    value: Fraction
    """As written; of ``50%`` it is 50."""
    percent: bool = False


def parse_number(text: str) -> Number | None:
    r"""Read a text that is one number and nothing else, in the spelling of ``math_text.spell``; else None.

    Thousands separators must be in their places. Mixed fractions (``1 1/2``, ``1\frac{1}{2}``), a currency sign in
    front, a percent sign behind.

    >>> [str(parse_number(text).value) for text in ("-1,234.50", "50%", "3 * 10^{2}")], parse_number("12,34")
    (['-2469/2', '50', '300'], None)
    """
    if len(text) > MAX_DIGITS or not (found := _SIGNED.fullmatch(text.strip())):
        return None
    body = found["body"]
    value = _plain(body) if _PLAIN.fullmatch(body) else _ratio(body)
    return None if value is None else Number(-value if found["sign"] == "-" else value, bool(found["percent"]))


def equal_numbers(gold: Number, answer: Number, tolerance: float = 1e-6) -> bool:
    """Say whether two numbers are the same.

    Whole numbers must be equal; otherwise they may be apart by ``tolerance`` relative to the gold. A percent sign on
    one side only may be one that the other left out, or mean the hundredth.
    """
    if gold.percent == answer.percent:
        return close(gold.value, answer.value, tolerance)
    other = Fraction(1, 100)
    scaled = (gold.value * other, answer.value) if gold.percent else (gold.value, answer.value * other)
    return close(gold.value, answer.value, tolerance) or close(*scaled, tolerance)


def close(gold: Fraction, answer: Fraction, tolerance: float) -> bool:
    """Compare two values, exactly where the gold is whole."""
    if gold.denominator == 1:
        return gold == answer
    return abs(gold - answer) <= Fraction(repr(tolerance)) * abs(gold)


def _decimal(text: str) -> Fraction:
    return Fraction(text.replace(",", "").removesuffix(".") or "0")


def _plain(text: str) -> Fraction | None:
    found = _PLAIN.fullmatch(text)
    assert found is not None
    power = int(found["e"] or found["braced"] or found["bare"] or 0)
    return None if abs(power) > MAX_DIGITS else _decimal(found["value"]) * Fraction(10) ** power


def _ratio(text: str) -> Fraction | None:
    found = _RATIO.fullmatch(text)
    if found is None:
        return None
    top, bottom = found["top"] or found["one"] or found["over"], found["bottom"] or found["two"] or found["under"]
    if not _decimal(bottom):
        return None
    return Fraction(found["whole"] or 0) + _decimal(top) / _decimal(bottom)
