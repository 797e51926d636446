"""Arithmetic that a policy wrote, computed exactly: parsed, checked node by node, never run."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from mmreason.errors import MMReasonError

MAX_CHARACTERS, MAX_DEPTH, MAX_DIGITS = 400, 40, 12

_LOOKALIKES = str.maketrans(
    {"\u00d7": "*", "\u22c5": "*", "\u00b7": "*", "\u00f7": "/", "\u2212": "-", "\u2013": "-", "[": "(", "]": ")"}
)
_LATEX = re.compile(r"\\(times|cdot|div|left|right)(?![A-Za-z])")
_SIGNS = {"times": "*", "cdot": "*", "div": "/"}
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ALLOWED = re.compile(r"[0-9+\-*/() ]+")
_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


class BadArithmetic(MMReasonError, ValueError):
    """Not plain arithmetic on whole numbers, over a limit, or a division by zero; the message says which."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What an expression is worth and what is in it."""

    value: Fraction
    numbers: tuple[int, ...]
    """As they stand in it, from left to right."""
    operators: frozenset[str]
    """Of two sides."""


def compute(text: str) -> Computed:
    r"""Compute an expression of whole numbers, ``+ - * /``, signs and parentheses.

    Typographic signs, square brackets, ``\times``, ``\div`` and ``\frac`` are read as what they mean. Powers, names,
    calls, decimals and everything else are refused before anything is computed; sizes are limited, so that no text
    is slow.

    Raises:
        BadArithmetic: saying why.

    >>> compute("8 / (3 - 8 / 3)").value, compute("2 + 3 * 4").numbers
    (Fraction(24, 1), (2, 3, 4))
    """
    plain = _plain(text)
    if not _ALLOWED.fullmatch(plain):
        raise BadArithmetic("expected whole numbers, + - * / and parentheses, and nothing else")
    if "**" in plain or "//" in plain:
        raise BadArithmetic("** and // are not allowed")
    digits = re.findall("[0-9]+", plain)
    if any(len(number) > MAX_DIGITS or (number[0] == "0" and len(number) > 1) for number in digits):
        raise BadArithmetic(f"a number has more than {MAX_DIGITS} digits or begins with 0")
    try:
        tree = ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadArithmetic("cannot be read as an expression") from None
    reader = _Reader()
    value = reader.value(tree.body, 0)
    return Computed(value, tuple(reader.numbers), frozenset(reader.operators))


def uses_each_once(computed: Computed, numbers: Iterable[int]) -> bool:
    """Say whether exactly these numbers stand in an expression, each as often as given."""
    return Counter(computed.numbers) == Counter(numbers)


def _plain(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise BadArithmetic(f"longer than {MAX_CHARACTERS} characters")
    text = text.translate(_LOOKALIKES).strip().strip("$`").strip()
    for _ in range(MAX_DEPTH):
        changed = _FRACTION.sub(r"((\1)/(\2))", text)
        if changed == text:
            break
        text = changed
    text = _LATEX.sub(lambda word: _SIGNS.get(word[1], ""), text)
    return " ".join(text.split())


class _Reader:
    """Walks a tree, notes what it meets and computes."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.operators: set[str] = set()

    def value(self, node: ast.expr, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise BadArithmetic(f"nested more than {MAX_DEPTH} deep")
        match node:
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                self.numbers.append(number)
                return Fraction(number)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self.value(inner, depth + 1)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.value(inner, depth + 1)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
                return self.joined(_BINARY[type(operator)], self.value(left, depth + 1), self.value(right, depth + 1))
        raise BadArithmetic("expected whole numbers, + - * / and parentheses, and nothing else")

    def joined(self, operator: str, left: Fraction, right: Fraction) -> Fraction:
        self.operators.add(operator)
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        if not right:
            raise BadArithmetic("division by zero")
        return left / right
