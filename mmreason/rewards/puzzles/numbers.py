"""Answers that are one number, a time, or digits that make an equation true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mmreason.parsing.answers import normalise_answer, parse_integer
from mmreason.parsing.ast_arithmetic import BadArithmetic, compute
from mmreason.parsing.math_text import spell
from mmreason.parsing.numbers import parse_number

_PLACE = re.compile(r"[(\[]?\s*(-?[0-9]{1,6})\s*,\s*(-?[0-9]{1,6})\s*[)\]]?")
_TIME = re.compile(r"([0-2]?[0-9]):([0-5][0-9])")


def verify_integer(answer: str, record: Mapping[str, Any]) -> bool:
    """Check for the whole number ``value``, and nothing beside it."""
    found = parse_integer(normalise_answer(answer.replace(",", "")))
    return found is not None and found == int(record["value"])


def verify_rational(answer: str, record: Mapping[str, Any]) -> bool:
    """Check for the number ``value``, written as text such as ``7/3``, exactly; ``14/6`` is as good."""
    if len(answer) > 200:
        return False
    found = parse_number(spell(answer))
    return found is not None and not found.percent and found.value == Fraction(record["value"])


def verify_time(answer: str, record: Mapping[str, Any]) -> bool:
    """Check for the time of day ``time``, such as 09:30; ``none`` where there is none."""
    found = _TIME.fullmatch(answer.strip())
    said = f"{int(found[1]):02}:{found[2]}" if found else normalise_answer(answer)
    return said == str(record["time"])


def verify_place(answer: str, record: Mapping[str, Any]) -> bool:
    """Check for the place ``at``: two whole numbers, such as (3, -2)."""
    found = _PLACE.fullmatch(answer.strip().replace("\u2212", "-"))
    return found is not None and [int(found[1]), int(found[2])] == list(record["at"])


def verify_equation(answer: str, record: Mapping[str, Any]) -> bool:
    """Check an equation in which every ``?`` of ``pattern`` has become one digit, and which holds.

    >>> verify_equation("3 + 2*4 = 11", {"pattern": "? + 2 * ? = 11"})
    True
    """
    written, pattern = "".join(answer.split()), "".join(record["pattern"].split())
    if len(written) != len(pattern) or not all(
        a == b or (b == "?" and a in "0123456789") for a, b in zip(written, pattern, strict=True)
    ):
        return False
    left, _, right = written.partition("=")
    try:
        return compute(left).value == compute(right).value
    except BadArithmetic:
        return False
