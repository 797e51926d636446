"""The answer as one number, near enough to the gold one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from mmreason.errors import RecipeError
from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.math_text import MAX_MATH, spell, split_outside, split_unit
from mmreason.parsing.numbers import Number, parse_number
from mmreason.rewards.golds import NAN, AgainstGold, Extract
from mmreason.types import Task

SMALL = 1e-6
"""Relative tolerance where none is given and the gold answer is not whole."""
_CENT = Fraction(1, 100)


def numeric_match(
    text: str,
    gold: str,
    absolute: float = 0.0,
    relative: float | None = None,
    extract: Extract = math_answer,
    percent: bool = True,
) -> float:
    r"""Give 1 where the answer is one number at most ``max(absolute, relative * |gold|)`` from the gold one, else 0.

    Numbers may have separators of thousands in their places, a currency or percent sign, a known unit, a name in front
    (``x = 5``), be fractions or powers of ten, in digits of any script. Words about it, or a second number, are wrong.

    Args:
        text: A completion.
        gold: The gold answer; NaN is given where it is no number.
        absolute: Largest distance.
        relative: Largest distance as a share of the gold; None is 0 for whole golds and 1e-6 for others.
        extract: Completion text to answer.
        percent: A percent sign on one side only may have been left out on the other, or mean the hundredth; else it
            is a hundredth always.

    >>> numeric_match("The answer is 1,234.0 km.", "1234"), numeric_match(r"\boxed{5 or 6}", "5")
    (1.0, 0.0)
    """
    wanted = _number(gold, trusted=True)
    if wanted is None:
        return NAN
    said = _number(extract(text) or "")
    if said is None or (said[1] and wanted[1] and said[1] != wanted[1]):
        return 0.0
    return float(_near(wanted[0], said[0], absolute, relative, percent))


def _number(text: str, trusted: bool = False) -> tuple[Number, str] | None:
    """The number and its unit."""
    if len(text) > MAX_MATH:
        return None
    name, *sides = split_outside(spell(text), "=")
    if len(sides) > 1 or (sides and not name.replace("_", "").isalnum()):
        return None
    said, unit = split_unit(sides[0] if sides else name, trusted)
    number = parse_number(said)
    return None if number is None or (sides and name[:1].isdigit()) else (number, unit)


def _near(gold: Number, said: Number, absolute: float, relative: float | None, percent: bool) -> bool:
    pairs = [(gold.value, said.value)]
    if gold.percent != said.percent:
        hundredth = (gold.value * _CENT, said.value) if gold.percent else (gold.value, said.value * _CENT)
        pairs = [*pairs, hundredth] if percent else [hundredth]
    for wanted, found in pairs:
        share = relative if relative is not None else 0.0 if wanted.denominator == 1 else SMALL
        # Tolerances are taken as they are written: 0.1 is a tenth.
        if abs(wanted - found) <= max(Fraction(repr(float(absolute))), Fraction(repr(float(share))) * abs(wanted)):
            return True
    return False


@dataclass(frozen=True)
class NumericMatch(AgainstGold):
    """1 where the answer is one number within a tolerance of the gold one, else 0. Not from a paper.

    NaN where the gold answer is no number. Tables in Guru, arXiv:2506.14965, are scored with ``relative=1e-3``.

    Args:
        absolute: Largest distance.
        relative: Largest distance as a share of the gold; None is 0 for whole golds and 1e-6 for others.
        extract: Completion text to answer; by default what follows the thought: the last box, or "the answer is ...",
            or all of it.
        percent: A percent sign on one side only may have been left out on the other, or mean the hundredth.

    Raises:
        RecipeError: a tolerance is negative or not finite.
    """

    absolute: float = 0.0
    relative: float | None = None
    extract: Extract = math_answer
    percent: bool = True

    def __post_init__(self) -> None:
        for name, value in (("absolute", self.absolute), ("relative", self.relative or 0.0)):
            if not 0.0 <= value < math.inf:
                raise RecipeError(f"NumericMatch: {name} is {value}, expected a finite number of at least 0")

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 1, 0 or NaN."""
        return numeric_match(text, gold, self.absolute, self.relative, self.extract, self.percent)
