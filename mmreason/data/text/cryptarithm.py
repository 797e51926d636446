"""Cryptarithms."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmreason.data.text.family import Family, Puzzle, dial

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, kw_only=True)
class Cryptarithm(Family):
    """SynLogic's cryptarithm, arXiv:2505.19641: a sum whose digits became letters, with exactly one solution.

    The terms have 2 digits at levels 1 and 2, and one more every other level up to 6.

    Args:
        digits: of the terms, 2 to 8; None as the level says.
    """

    digits: int | None = None

    name: ClassVar[str] = "cryptarithm"

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw a sum; None where other digits fit its letters too."""
        digits = dial(self.digits, 2 + (self.level - 1) // 2, 2, 8, "Cryptarithm: digits")
        low, high = 10 ** (digits - 1), 10**digits - 1
        terms = [rng.randint(low, high), rng.randint(low, high)]
        numbers = [str(number) for number in (*terms, sum(terms))]
        used = sorted(set("".join(numbers)))
        letter = dict(zip(used, rng.sample(LETTERS, len(used)), strict=True))
        *words, total = ("".join(letter[digit] for digit in number) for number in numbers)
        key = f"{' + '.join(words)} = {total}"
        if not self.has(key) or len(assignments(words, total)) != 1:
            return None
        order = sorted((name, digit) for digit, name in letter.items())
        return Puzzle(
            question=(
                f"Each letter stands for a digit, different letters for different digits, and no number begins with "
                f"0:\n{key}\nThere is exactly one solution. Answer with the digit of each "
                "letter, such as X=7, apart by commas."
            ),
            answer=", ".join(f"{name}={digit}" for name, digit in order),
            record={"terms": words, "total": total},
            key=key,
        )


def assignments(words: list[str], total: str, limit: int = 2) -> list[dict[str, int]]:
    """Find up to ``limit`` ways to give the letters of a sum their digits, column by column from the right."""
    width = len(total)
    columns = [([word[-1 - at] for word in words if at < len(word)], total[-1 - at]) for at in range(width)]
    first = {word[0] for word in (*words, total) if len(word) > 1}
    digit: dict[str, int] = {}
    found: list[dict[str, int]] = []

    def column(at: int, carry: int) -> None:
        if at == width:
            if carry == 0:
                found.append(dict(digit))
            return
        added(at, 0, carry)

    def added(at: int, line: int, so_far: int) -> None:
        letters, below = columns[at]
        if line == len(letters):
            give(below, [so_far % 10], lambda value: column(at + 1, so_far // 10))
        else:
            give(letters[line], range(10), lambda value: added(at, line + 1, so_far + value))

    def give(letter: str, values: Sequence[int], then: Callable[[int], None]) -> None:
        if letter in digit:
            if digit[letter] in values:
                then(digit[letter])
            return
        for value in values:
            if value not in digit.values() and not (value == 0 and letter in first) and len(found) < limit:
                digit[letter] = value
                then(value)
                del digit[letter]

    column(0, 0)
    return found
