"""Countdown and the game of 24."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial
from mmreason.data.text.random_calculation import Expression, joined

WORDED = (
    "Use each of the numbers {numbers} exactly once, with the operators + - * / and parentheses, to write an "
    "expression that equals {target}. Answer with the expression alone, without an equals sign."
)


@dataclass(frozen=True, kw_only=True)
class GameOf24(Family):
    """SynLogic's game of 24, arXiv:2505.19641: numbers to be joined to a target.

    Levels 1 to 3 have 4 numbers up to 9, 11 and 13; from 4 on one more number every third level. All have a solution,
    and every one counts.

    Args:
        target: the value to reach.
        count: numbers; None as the level says.
        largest: they are 1 to this; None as the level says.
    """

    target: int = 24
    count: int | None = None
    largest: int | None = None

    name: ClassVar[str] = "game_of_24"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw numbers; None where they do not reach the target."""
        count = dial(self.count, 4 + (self.level - 1) // 3, 2, 7, "GameOf24: count")
        largest = dial(self.largest, (9, 11, 13)[(self.level - 1) % 3], 1, 99, "GameOf24: largest")
        numbers = [rng.randint(1, largest) for _ in range(count)]
        found = solve_target(numbers, self.target)
        return None if found is None else puzzle_of(numbers, self.target, found)


@dataclass(frozen=True, kw_only=True)
class Countdown(Family):
    """Countdown, arXiv:2503.01307: 3 or 4 numbers and a target of at most 100; higher levels have more.

    Level 1 has 3 numbers, 2 has 4, and so on. All numbers must be used. Score with ``CountdownReward``, or with
    ``LogicAccuracy`` for right or wrong alone.

    Args:
        largest: numbers are 1 to this.
        largest_target: the target is 1 to this.
        count: numbers; None as the level says.
    """

    num: int = 1000
    largest: int = 99
    largest_target: int = 100
    count: int | None = None

    name: ClassVar[str] = "countdown"
    hardest: ClassVar[int] = 5

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw numbers and join them at random; None where that gives no target."""
        count = dial(self.count, 2 + self.level, 2, 7, "Countdown: count")
        numbers = [rng.randint(1, self.largest) for _ in range(count)]
        parts = [Expression(str(number), Fraction(number), 3) for number in numbers]
        while len(parts) > 1:
            rng.shuffle(parts)
            right, left = parts.pop(), parts.pop()
            even = right.value and (left.value / right.value).denominator == 1
            small = abs(left.value * right.value) <= 10 * self.largest_target
            operator = rng.choice("+--" + "*" * small + "/" * bool(even))
            parts.append(joined(operator, left, right))
        value = parts[0].value
        return puzzle_of(numbers, int(value), parts[0].text) if 1 <= value <= self.largest_target else None


def puzzle_of(numbers: list[int], target: int, solution: str) -> Puzzle:
    """Word the task; the same numbers in another order are the same puzzle."""
    return Puzzle(
        question=WORDED.format(numbers=", ".join(map(str, numbers)), target=target),
        answer=solution,
        record={"numbers": numbers, "target": target, "operators": "+-*/"},
        key=f"{sorted(numbers)} {target}",
    )


def solve_target(numbers: list[int], target: int) -> str | None:
    """Give an expression of all numbers with the target's value, or None where there is none."""
    return _search([Expression(str(number), Fraction(number), 3) for number in numbers], Fraction(target), set())


def _search(parts: list[Expression], target: Fraction, dead: set[tuple[Fraction, ...]]) -> str | None:
    if len(parts) == 1:
        return parts[0].text if parts[0].value == target else None
    values = tuple(sorted(part.value for part in parts))
    if values in dead:
        return None
    for i, left in enumerate(parts):
        for j, right in enumerate(parts):
            if i == j:
                continue
            rest = [part for k, part in enumerate(parts) if k not in (i, j)]
            for operator in "+*-/" if i < j else "-/":
                if operator == "/" and not right.value:
                    continue
                found = _search([*rest, joined(operator, left, right)], target, dead)
                if found is not None:
                    return found
    dead.add(values)
    return None
