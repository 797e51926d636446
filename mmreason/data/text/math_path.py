"""Equations with missing digits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.parsing.ast_arithmetic import compute


@dataclass(frozen=True, kw_only=True)
class MathPath(Family):
    """SynLogic's math path, arXiv:2505.19641: digits that make an equation true. Every solution counts.

    From 2 terms of 1 digit at level 1 to 6 terms of up to 3 digits at level 10; half of the digits on the left are
    missing, at least one.

    Args:
        terms: 2 to 8; None as the level says.
        digits: most digits of a term, 1 to 4; None as the level says.
    """

    terms: int | None = None
    digits: int | None = None

    name: ClassVar[str] = "math_path"

    def draw(self, rng: random.Random) -> Puzzle:
        """Draw an equation and blot digits out."""
        num = dial(self.terms, 2 + self.level // 2 - self.level // 10, 2, 8, "MathPath: terms")
        digits = dial(self.digits, 1 + (self.level - 1) // 4, 1, 4, "MathPath: digits")
        numbers = [rng.randint(1, 10 ** rng.randint(1, digits) - 1) for _ in range(num)]
        left = str(numbers[0])
        for number in numbers[1:]:
            left += f" {rng.choice('+-*')} {number}"
        places = [at for at, character in enumerate(left) if character.isdigit()]
        gone = rng.sample(places, max(len(places) // 2, 1))
        pattern = "".join("?" if at in gone else character for at, character in enumerate(left))
        value = compute(left).value
        return Puzzle(
            question=(
                f"Replace each ? by one digit so that the equation holds; no number of several digits begins with 0.\n"
                f"{pattern} = {value}\nAnswer with the whole equation."
            ),
            answer=f"{left} = {value}",
            record={"pattern": f"{pattern} = {value}"},
        )
