"""f(g(x)): what a composition of string functions gives."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from mmreason.data.text import string_functions as known
from mmreason.data.text.family import Family, Layout, Puzzle
from mmreason.errors import RecipeError

LETTERS = "abcdefghijklmnopqrstuvwxyz"
BUILT_IN: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("upper", str.upper),
    ("lower", str.lower),
    ("capitalize", str.capitalize),
    ("swapcase", str.swapcase),
)
LONGEST_STEP = 10_000
"""Characters of an intermediate result beyond which an expression is given up."""


class TooLong(Exception):
    """An intermediate result exceeds ``LONGEST_STEP``."""


@dataclass(frozen=True, kw_only=True)
class StringComposition(Family):
    """Compositions of string functions, arXiv:2509.25123; the level is how deep they are nested, 1 to 8.

    Stage 1 shows the definitions (``definitions=True``, level 1, all functions); stage 2 shows names alone, so that
    what a name does must have been learned. Score with ``OutputReward``. The record has ``data_source``,
    ``ref_input``, ``ref_output``, ``ref_code``, ``funcname`` and ``functions`` (those that are used).

    Args:
        functions: the 13 that are trained on, the 12 held out, or all 25.
        definitions: show the code of the functions that are used.
        longest: most characters of the result; longer ones are drawn again.
    """

    num: int = 1000
    layout: Layout = "bare"
    functions: Literal["train", "held_out", "all"] = "train"
    definitions: bool = False
    longest: int = 200

    name: ClassVar[str] = "string_composition"
    hardest: ClassVar[int] = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.functions not in ("train", "held_out", "all") or self.longest < 1:
            raise RecipeError(
                f"StringComposition: functions is {self.functions!r} and longest {self.longest}; expected 'train', "
                "'held_out' or 'all', and 1 or more"
            )

    def draw(self, rng: random.Random) -> Puzzle | None:
        """Draw an expression and its input; None where a result is too long."""
        given = letters(rng, 3, 10)
        maker = Maker(rng, given, numbers(self.functions))
        try:
            code, output = maker.expression(self.level)
        except TooLong:
            return None
        if len(output) > self.longest:
            return None
        source = f"def main_solution(x):\n    return {code}"
        used = sorted(maker.used)
        shown = [*(known.definition(number) for number in used), source] if self.definitions else [source]
        hidden = "complete" if self.definitions else "incomplete"
        return Puzzle(
            question=worded("\n\n".join(shown), given),
            answer=json.dumps({"output": output}, ensure_ascii=False),
            record={
                "data_source": f"codeio-forward-{hidden}-depth{self.level}",
                "ref_input": given,
                "ref_output": output,
                "ref_code": source,
                "funcname": "main_solution",
                "functions": used,
            },
            key=code,
        )


def worded(code: str, given: str) -> str:
    """Word the task."""
    return (
        f"Here is Python code:\n```python\n{code}\n```\nWhat does `main_solution({quoted(given)})` return? "
        "Think it through in words, without writing or running code. Then answer with a JSON object whose only key is "
        "`output` and whose value is the returned string."
    )


def numbers(functions: str) -> tuple[int, ...]:
    """Give the numbers of a set of functions."""
    return {"train": known.TRAIN, "held_out": known.HELD_OUT}.get(functions, tuple(range(len(known.FUNCTIONS))))


def letters(rng: random.Random, fewest: int, most: int) -> str:
    """Draw lower-case letters."""
    return "".join(rng.choice(LETTERS) for _ in range(rng.randint(fewest, most)))


def quoted(text: str) -> str:
    """Write a string literal."""
    return json.dumps(text, ensure_ascii=False)


class Maker:
    """Draws expressions and computes them on the way."""

    def __init__(self, rng: random.Random, given: str, allowed: tuple[int, ...]) -> None:
        self.rng, self.given, self.used = rng, given, set[int]()
        taking = [number for number in allowed if number not in known.BINARY]
        self.plain = [number for number in taking if not has_parameter(number)]
        self.with_parameter = [number for number in taking if has_parameter(number)]
        self.interlace = next(number for number in known.BINARY if number in allowed)

    def expression(self, depth: int) -> tuple[str, str]:
        """Draw an expression of this depth; gives its code and its value.

        Raises:
            TooLong: an intermediate result is.
        """
        code, value = self._binary(depth) if depth and self.rng.random() < 0.2 else self._unary(depth)
        if len(value) > LONGEST_STEP:
            raise TooLong
        return code, value

    def _binary(self, depth: int) -> tuple[str, str]:
        (left, a), (right, b) = self.expression(depth - 1), self.expression(depth - 1)
        if self.rng.random() < 0.5:
            return f"({left} + {right})", a + b
        if min(len(a), len(b)) > 500:  # one call of itself per character
            raise TooLong
        return self._called(self.interlace, f"{left}, {right}", a, b)

    def _unary(self, depth: int) -> tuple[str, str]:
        if depth == 0:
            drawn = letters(self.rng, 3, 6)
            return ("x", self.given) if self.rng.random() < 0.5 else (quoted(drawn), drawn)
        code, value = self.expression(depth - 1)
        if self.rng.random() < 0.02:
            method, call = self.rng.choice(BUILT_IN)
            return f"{code}.{method}()", call(value)
        if self.rng.random() < 0.5:
            return self._called(self.rng.choice(self.plain), code, value)
        number = self.rng.choice(self.with_parameter)
        parameter = self._parameter(number)
        written = str(parameter) if isinstance(parameter, int) else quoted(parameter)
        return self._called(number, f"{code}, {written}", value, parameter)

    def _called(self, number: int, written: str, *values: str | int) -> tuple[str, str]:
        self.used.add(number)
        return f"func_{number}({written})", known.FUNCTIONS[number](*values)

    def _parameter(self, number: int) -> str | int:
        if number in known.COUNTS:
            return self.rng.randint(*known.COUNTS[number])
        return letters(self.rng, 2, 4) if number in known.WORDS else self.rng.choice(known.SEPARATORS)


def has_parameter(number: int) -> bool:
    """Say whether a function takes more than one string."""
    return number in known.COUNTS or number in known.WORDS or number == known.SEPARATOR
