"""Arithmetic that no corpus holds, of a set number of operations."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from mmreason.data.text.family import Family, Layout, Puzzle
from mmreason.errors import RecipeError

OPERATORS = ("+", "-", "*", "/")
BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True, slots=True)
class Expression:
    """Text with its exact value."""

    text: str
    value: Fraction
    binds: int
    """How strongly its weakest operator binds: 1 for a sum, 2 for a product, 3 for what needs no parentheses."""


@dataclass(frozen=True, kw_only=True)
class RandomCalculation(Family):
    """RandomCalculation, arXiv:2507.10532: leak-free arithmetic; the level is the number of operations, 1 to 20.

    Operands are whole numbers and terms made of them (fractions, squares, cubes). Values are computed exactly; the
    answer is the value as a decimal number. Score with ``CalculationReward``. The record has ``question``,
    ``expression``, ``n_ops`` and ``answer`` (a float).

    Args:
        largest: operands are 0 to this.
        derived: share of operands that are a fraction, a square or a cube.
        operators: which of + - * / are used.
    """

    num: int = 1000
    layout: Layout = "boxed"
    largest: int = 100
    derived: float = 0.3
    operators: tuple[str, ...] = OPERATORS

    name: ClassVar[str] = "random_calculation"
    hardest: ClassVar[int] = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.largest < 1 or not 0.0 <= self.derived <= 1.0:
            raise RecipeError(
                f"RandomCalculation: largest is {self.largest} and derived {self.derived}; expected at least 1, "
                "and a share from 0 to 1"
            )
        if not self.operators or not set(self.operators) <= set(OPERATORS):
            raise RecipeError(f"RandomCalculation: operators are {self.operators}, expected some of + - * /")

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw an expression; None where it divides by zero."""
        try:
            drawn = self.expression(rng, self.level)
        except ZeroDivisionError:
            return None
        return Puzzle(
            question=self.question(drawn.text),
            answer=decimal_text(drawn.value),
            record={
                "question": self.question(drawn.text),
                "expression": drawn.text,
                "n_ops": self.level,
                "answer": float(drawn.value),
            },
            key=drawn.text,
        )

    def question(self, expression: str) -> str:
        """Word the task; bare, it is the expression and an equals sign."""
        if self.layout == "bare":
            return f"{expression} ="
        return f"Work out the value of this expression step by step and give it as a decimal number:\n{expression}"

    def expression(self, rng: random.Random, operations: int) -> Expression:
        """Draw an expression tree.

        Raises:
            ZeroDivisionError: it divides by zero.
        """
        if operations == 0:
            return self.operand(rng)
        left = rng.randrange(operations)
        return joined(
            rng.choice(self.operators), self.expression(rng, left), self.expression(rng, operations - 1 - left)
        )

    def operand(self, rng: random.Random) -> Expression:
        """Draw a whole number or a term made of one or two."""
        number = rng.randint(0, self.largest)
        if rng.random() >= self.derived:
            return Expression(str(number), Fraction(number), 3)
        kind = rng.choice(("fraction", "square", "cube"))
        if kind == "fraction":
            below = rng.randint(1, self.largest)
            return Expression(f"({number}/{below})", Fraction(number, below), 3)
        power = 2 if kind == "square" else 3
        return Expression(f"{number}^{power}", Fraction(number) ** power, 3)


def joined(operator: str, left: Expression, right: Expression) -> Expression:
    """Join two expressions, with parentheses only where they are needed.

    Raises:
        ZeroDivisionError: the right one of a division is 0.
    """
    binds = BINDS[operator]
    before = f"({left.text})" if left.binds < binds else left.text
    after = f"({right.text})" if right.binds < binds or (right.binds == binds and operator in "-/") else right.text
    match operator:
        case "+":
            value = left.value + right.value
        case "-":
            value = left.value - right.value
        case "*":
            value = left.value * right.value
        case _:
            value = left.value / right.value
    return Expression(f"{before} {operator} {after}", value, binds)


def decimal_text(value: Fraction) -> str:
    """Write a value as a decimal number, exactly where it is whole and not huge.

    >>> decimal_text(Fraction(6, 2)), decimal_text(Fraction(1, 8))
    ('3', '0.125')
    """
    return str(value.numerator) if value.denominator == 1 and abs(value) < 10**15 else repr(float(value))
