"""Operations that are defined in the question."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.errors import RecipeError

SYMBOLS = "\u25b3\u25ce\u2606\u2296\u25a1\u2297"


@dataclass(frozen=True, slots=True)
class Rule:
    """``a ? b`` is a linear form, and another one where a is the larger."""

    symbol: str
    forms: tuple[tuple[int, int, int], ...]
    """Factors of a, of b and of their product; of two, the first holds where a > b."""

    def of(self, a: int, b: int) -> int:
        """Compute."""
        x, y, both = self.forms[0] if a > b else self.forms[-1]
        return x * a + y * b + both * a * b

    def told(self) -> str:
        """Tell the rule."""
        head = f"a {self.symbol} b"
        first, *others = map(written, self.forms)
        return f"{head} = {first}" + (f" if a > b, and {head} = {others[0]} otherwise" if others else "")


@dataclass(frozen=True, kw_only=True)
class Operation(Family):
    """SynLogic's operation, arXiv:2505.19641: an expression of new symbols whose meaning is told.

    From 1 symbol used once at level 1 to 4 symbols used 6 times at level 10.

    Args:
        symbols: 1 to 6; None as the level says.
        uses: how often they are used, 1 to 12; None as the level says.
        largest: operands are 1 to this.
        conditional: share of the symbols that mean one thing where a > b and another otherwise.
    """

    symbols: int | None = None
    uses: int | None = None
    largest: int = 5
    conditional: float = 0.5

    name: ClassVar[str] = "operation"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.largest < 1 or not 0.0 <= self.conditional <= 1.0:
            raise RecipeError(
                f"Operation: largest is {self.largest} and conditional {self.conditional}; expected at least 1, and a "
                "share from 0 to 1"
            )

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw rules and an expression; None where its value is huge."""
        num = dial(self.symbols, 1 + self.level // 3, 1, len(SYMBOLS), "Operation: symbols")
        uses = dial(self.uses, 1 + self.level // 2, 1, 12, "Operation: uses")
        rules = [Rule(symbol, drawn_forms(rng, self.conditional)) for symbol in SYMBOLS[:num]]
        text, value = self.expression(rng, rules, uses)
        if abs(value) > 10**9:
            return None
        told = "\n".join(rule.told() for rule in rules)
        return Puzzle(
            question=f"New operations are defined:\n{told}\nWhat is {text}? Answer with the number.",
            answer=str(value),
            record={"value": value},
        )

    def expression(self, rng: random.Random, rules: list[Rule], uses: int) -> tuple[str, int]:
        """Draw an expression and its value."""
        if uses == 0:
            number = rng.randint(1, self.largest)
            return str(number), number
        left = rng.randrange(uses)
        rule = rng.choice(rules)
        (a, x), (b, y) = self.expression(rng, rules, left), self.expression(rng, rules, uses - 1 - left)
        return f"{bracketed(a)} {rule.symbol} {bracketed(b)}", rule.of(x, y)


def drawn_forms(rng: random.Random, conditional: float) -> tuple[tuple[int, int, int], ...]:
    """Draw the factors of a rule."""
    num = 2 if rng.random() < conditional else 1
    return tuple((rng.randint(1, 4), rng.choice((-3, -2, -1, 1, 2, 3)), rng.choice((0, 0, 1))) for _ in range(num))


def written(form: tuple[int, int, int]) -> str:
    """Write a form.

    >>> written((2, -1, 1))
    '2 * a - 1 * b + a * b'
    """
    x, y, both = form
    return f"{x} * a {'-' if y < 0 else '+'} {abs(y)} * b" + (" + a * b" if both else "")


def bracketed(text: str) -> str:
    """Put what is more than a number into parentheses."""
    return text if text.isdigit() else f"({text})"
