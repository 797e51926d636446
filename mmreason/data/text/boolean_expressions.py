"""Boolean expressions."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial


@dataclass(frozen=True, kw_only=True)
class BooleanExpressions(Family):
    """SynLogic's boolean expressions, arXiv:2505.19641: which of several statements are true.

    From 3 options of depth 2 at level 1 to 6 options of depth 5 at level 10.

    Args:
        depth: how deep ``and``, ``or`` and ``not`` are nested, 1 to 6; None as the level says.
        options: 2 to 8; None as the level says.
    """

    depth: int | None = None
    options: int | None = None

    name: ClassVar[str] = "boolean_expressions"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw the options; None where none of them is true."""
        depth = dial(self.depth, 2 + (self.level - 1) // 3, 1, 6, "BooleanExpressions: depth")
        num = dial(self.options, 3 + (self.level - 1) // 3, 2, 8, "BooleanExpressions: options")
        drawn = [statement(rng, depth) for _ in range(num)]
        true = ["ABCDEFGH"[at] for at, (_, value) in enumerate(drawn) if value]
        if not true:
            return None
        lines = "\n".join(f"{'ABCDEFGH'[at]}) {text}" for at, (text, _) in enumerate(drawn))
        return Puzzle(
            question=(
                f"Which of these statements are true? `not` binds most strongly, then `and`, then `or`.\n{lines}\n"
                "Answer with the letters of all true ones, apart by commas."
            ),
            answer=", ".join(true),
            record={"options": true},
        )


def statement(rng: random.Random, depth: int) -> tuple[str, bool]:
    """Draw a statement and its value."""
    if depth == 0:
        return fact(rng)
    kind = rng.choice(("and", "or", "not"))
    text, value = statement(rng, depth - 1)
    if kind == "not":
        return f"not ({text})", not value
    other, worth = statement(rng, rng.randint(0, depth - 1))
    return f"({text}) {kind} ({other})", (value and worth) if kind == "and" else (value or worth)


def fact(rng: random.Random) -> tuple[str, bool]:
    """Draw a statement about small numbers."""
    a, b = rng.randint(2, 30), rng.randint(2, 30)
    match rng.randrange(5):
        case 0:
            return rng.choice((("True", True), ("False", False)))
        case 1:
            return f"{a} < {b}", a < b
        case 2:
            return f"{a} is even", a % 2 == 0
        case 3:
            total = a + b + rng.choice((0, 0, 1, -1))
            return f"{a} + {b} = {total}", a + b == total
        case _:
            part = rng.randint(2, 9)
            whole = a * part + rng.choice((0, 1))
            return f"{whole} is divisible by {part}", whole % part == 0
