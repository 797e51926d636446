r"""Formulas in LaTeX or plain text, evaluated at points: enough to tell most equal ones from unequal ones.

A small grammar, one token at a time, with limits on length and depth; nothing is executed, and numbers that no double
holds are refused, so that no text can make it slow.
"""

from __future__ import annotations

import cmath
import math
import re
import zlib
from collections.abc import Callable, Mapping

from mmreason.errors import MMReasonError

MAX_TOKENS, MAX_DEPTH, MAX_FACTORIAL = 400, 40, 170
POINTS = 4
"""Values of the variables at which formulas are compared; at the last all are negative."""

_TOKEN = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+|\\[A-Za-z]+|\\[{}]|[A-Za-z]|[-+*/^!(){}\[\]_])")
_NUMERIC = frozenset("0123456789.")
_DIGITS_OVER = re.compile(r"\\frac\s*([0-9])\s*([0-9])")
_FUNCTIONS: Mapping[str, Callable[[complex], complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "ln": cmath.log, "exp": cmath.exp,
    "arcsin": cmath.asin, "arccos": cmath.acos, "arctan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh,
}  # fmt: skip
_WORD = re.compile(r"(?<![\\A-Za-z])(arcsin|arccos|arctan|sinh|cosh|sqrt|sin|cos|tan|log|exp|ln|pi)(?![A-Za-z])")
_GREEK = frozenset(
    {
        "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "kappa",
        "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "varphi", "chi", "psi", "omega",
        "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega",
    }
)  # fmt: skip
_CONSTANTS = {"e": complex(math.e), "i": 1j, "\\pi": complex(math.pi)}
_ENDS = frozenset({")", "}", "]", "+", "-", "^", "!", "_", "\\{", "\\}", "[", ""})


class Unreadable(MMReasonError, ValueError):
    """Not in the grammar."""


class Undefined(MMReasonError, ArithmeticError):
    """No finite value: a division by zero, or more than a double holds."""


def values(text: str) -> tuple[complex, ...]:
    r"""Give the value of a formula at the four points where formulas are compared, the last at negative variables.

    Sums, products (also without a sign), quotients, powers, roots, factorials, binomials and the usual functions;
    ``log`` needs its base written. ``e`` and ``i`` are constants, every other letter is a variable.

    Raises:
        Unreadable: not in this grammar.
        Undefined: it has no finite value.
    """
    read = tokens(text)
    return tuple(_Reader(read, point).whole() for point in range(POINTS))


def tokens(text: str) -> list[str]:
    """Split a formula into tokens.

    Raises:
        Unreadable: it has a character that is none, or more than ``MAX_TOKENS``.
    """
    text, at = _DIGITS_OVER.sub(r"\\frac{\1}{\2}", _WORD.sub(r"\\\1 ", text)).strip(), 0
    out: list[str] = []
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or len(out) == MAX_TOKENS:
            raise Unreadable(f"cannot read on from character {at}")
        if found[1][-1] in _NUMERIC and out and out[-1][-1] in _NUMERIC and out[-2:-1] != ["_"]:
            raise Unreadable("two numbers side by side")
        out.append(found[1])
        at = found.end()
    return out


class _Reader:
    """Reads tokens from left to right and computes as it goes."""

    def __init__(self, tokens: list[str], point: int) -> None:
        self.tokens, self.point, self.at, self.depth = tokens, point, 0, 0

    def whole(self) -> complex:
        try:
            value = self.total()
        except (OverflowError, ZeroDivisionError) as error:
            raise Undefined(str(error)) from None
        except Unreadable:
            raise
        except ValueError as error:  # what cmath says of log(0)
            raise Undefined(str(error)) from None
        if self.at < len(self.tokens):
            raise Unreadable(f"{self.peek()} stands alone")
        if not cmath.isfinite(value):
            raise Undefined("not finite")
        return value

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise Unreadable(f"{token or 'the end'} where {wanted or 'something'} should be")
        self.at += 1
        return token

    def total(self) -> complex:
        value = self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> complex:
        value = self.signed()
        while self.peek() not in _ENDS:
            if self.peek() not in ("*", "/"):
                value *= self.power()
            elif self.take() == "*":
                value *= self.signed()
            else:
                value /= self.signed()
        return value

    def signed(self) -> complex:
        sign = 1
        while self.peek() in ("+", "-"):
            sign *= -1 if self.take() == "-" else 1
        return sign * self.power()

    def power(self) -> complex:
        base = self.atom()
        while self.peek() == "!":
            self.take()
            base = _factorial(base)
        return complex(base ** self.exponent()) if self.peek() == "^" else base

    def exponent(self) -> complex:
        self.take("^")
        if self.peek() == "-":
            self.take()
            return -self.atom()
        return self.atom()

    def group(self, left: str = "{", right: str = "}") -> complex:
        self.take(left)
        value = self.total()
        self.take(right)
        return value

    def atom(self) -> complex:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("too deep")
        value = self._atom()
        self.depth -= 1
        return value

    def _atom(self) -> complex:
        if self.peek() in ("(", "{"):
            return self.group(self.peek(), ")" if self.peek() == "(" else "}")
        token = self.take()
        if token[0].isdigit() or token[0] == ".":
            return complex(float(token))
        if token in _CONSTANTS:
            return _CONSTANTS[token]
        if token.isalpha() or token[1:] in _GREEK:
            return self.variable(token)
        if token[1:] in _FUNCTIONS:
            return self.function(_FUNCTIONS[token[1:]])
        match token:
            case "\\frac":
                return self.atom() / self.atom()
            case "\\binom":
                return _binomial(self.atom(), self.atom())
            case "\\sqrt":
                degree = self.group("[", "]") if self.peek() == "[" else 2
                return complex(self.atom() ** (1 / degree))
            case "\\log":
                self.take("_")
                base = cmath.log(self.atom())
                return self.function(lambda value: cmath.log(value) / base)
        raise Unreadable(f"{token} where a value should be")

    def function(self, call: Callable[[complex], complex]) -> complex:
        power = self.exponent() if self.peek() == "^" else 1
        if self.peek() in ("(", "{"):
            return complex(call(self.atom()) ** power)
        value = self.power()
        while self.peek().isalnum() or self.peek()[1:] in _GREEK:  # sin 2x
            value *= self.power()
        return complex(call(value) ** power)

    def variable(self, name: str) -> complex:
        if self.peek() == "_":
            self.take()
            name += "_" + self.take()
            if name.endswith("{"):
                while not name.endswith("}"):
                    name += self.take()
        sign = -1 if self.point == POINTS - 1 else 1
        return complex(sign * (0.6 + 1.3 * zlib.crc32(f"{name} {self.point}".encode()) / 2**32))


def _factorial(value: complex) -> complex:
    if value.imag or value.real < 0 or value.real % 1:
        raise Unreadable("a factorial of what is no whole number")
    if value.real > MAX_FACTORIAL:
        raise Undefined("more than a double holds")
    return complex(math.factorial(int(value.real)))


def _binomial(top: complex, bottom: complex) -> complex:
    """Out of ``top``, choose ``bottom``."""
    if top.imag or bottom.imag or top.real % 1 or bottom.real % 1 or not 0 <= bottom.real <= top.real:
        raise Unreadable("a binomial of what are no whole numbers")
    return _factorial(top) / (_factorial(bottom) * _factorial(top - bottom))
