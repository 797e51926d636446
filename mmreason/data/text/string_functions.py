"""The 25 string functions of arXiv:2509.25123, as they are computed and as they are shown in prompts."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cache
from textwrap import dedent


def deterministic_shuffle(s: str) -> str:
    from math import gcd  # here, because the source is shown on its own

    if not s:
        return s
    step = 3
    while gcd(step, len(s)) != 1:
        step += 2
    return "".join(s[i * step % len(s)] for i in range(len(s)))


def repeat_str(s: str, n: int) -> str:
    return s * n


def remove_vowels(s: str) -> str:
    return "".join(c for c in s if c.lower() not in "aeiou")


def sort_chars(s: str) -> str:
    return "".join(sorted(s))


def reverse_words(s: str) -> str:
    return " ".join(reversed(s.split()))


def add_prefix(s: str, before: str) -> str:
    return before + s


def add_suffix(s: str, after: str) -> str:
    return s + after


def interlace_str(a: str, b: str) -> str:
    short = min(len(a), len(b))
    return "".join(a[i] + b[i] for i in range(short)) + a[short:] + b[short:]


def rotate_str(s: str, n: int) -> str:
    if not s:
        return s
    n = n % len(s)
    return s[n:] + s[:n]


def mirror_str(s: str) -> str:
    return s + s[::-1]


def alternate_case(s: str) -> str:
    return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(s))


def shift_chars(s: str, k: int) -> str:
    out = ""
    for c in s:
        if "a" <= c <= "z":
            out += chr((ord(c) - ord("a") + k) % 26 + ord("a"))
        elif "A" <= c <= "Z":
            out += chr((ord(c) - ord("A") + k) % 26 + ord("A"))
        else:
            out += c
    return out


def vowel_to_number(s: str) -> str:
    digits = {"a": "1", "e": "2", "i": "3", "o": "4", "u": "5"}
    return "".join(digits.get(c.lower(), c) for c in s)


def insert_separator(s: str, mark: str) -> str:
    return mark.join(s)


def duplicate_every_char(s: str) -> str:
    return "".join(c + c for c in s)


def fancy_brackets(s: str) -> str:
    return "".join("«" + c + "»" for c in s)


def compress_repeats(s: str) -> str:
    return "".join(c for i, c in enumerate(s) if i == 0 or s[i - 1] != c)


def recursive_reverse(s: str) -> str:
    if len(s) <= 1:
        return s
    half = len(s) // 2
    return recursive_reverse(s[half:]) + recursive_reverse(s[:half])


def loop_concat(s: str, n: int) -> str:
    out = ""
    for _ in range(n):
        out += s
    return out


def while_rotate(s: str, n: int) -> str:
    while n > 0:
        s = s[1:] + s[:1]
        n -= 1
    return s


def recursive_interlace(a: str, b: str) -> str:
    if not a or not b:
        return a + b
    return a[0] + b[0] + recursive_interlace(a[1:], b[1:])


def loop_filter_nonalpha(s: str) -> str:
    out = ""
    for c in s:
        if c.isalpha():
            out += c
    return out


def verify_even_length(s: str) -> str:
    return s if len(s) % 2 == 0 else s[:-1]


def backchain_add_digit(s: str, depth: int) -> str:
    if depth == 0 or any(c.isdigit() for c in s):
        return s
    return s + "1"


def backchain_palindrome(s: str, depth: int) -> str:
    if s == s[::-1] or depth == 0:
        return s
    return backchain_palindrome(s + s[::-1], depth - 1)


FUNCTIONS: tuple[Callable[..., str], ...] = (
    deterministic_shuffle, repeat_str, remove_vowels, sort_chars, reverse_words,
    add_prefix, add_suffix, interlace_str, rotate_str, mirror_str,
    alternate_case, shift_chars, vowel_to_number, insert_separator, duplicate_every_char,
    fancy_brackets, compress_repeats, recursive_reverse, loop_concat, while_rotate,
    recursive_interlace, loop_filter_nonalpha, verify_even_length, backchain_add_digit, backchain_palindrome,
)  # fmt: skip
"""By their number in prompts."""
TRAIN = (1, 3, 4, 5, 9, 11, 13, 15, 17, 19, 20, 22, 23)
HELD_OUT = (0, 2, 6, 7, 8, 10, 12, 14, 16, 18, 21, 24)
BINARY = (7, 20)
"""Those of two strings."""
COUNTS = {1: (2, 4), 18: (2, 4), 8: (1, 3), 19: (1, 3), 11: (1, 5), 23: (1, 3), 24: (1, 3)}
"""Lowest and highest whole number that goes with a string."""
WORDS = (5, 6)
"""Those with a text of two to four letters."""
SEPARATOR, SEPARATORS = 13, "-_|"


@cache
def definition(number: int) -> str:
    """Give the source of a function under the name it has in prompts, such as ``func_3``, without annotations."""
    (tree,) = ast.parse(dedent(inspect.getsource(FUNCTIONS[number]))).body
    assert isinstance(tree, ast.FunctionDef)
    own = tree.name
    tree.name = f"func_{number}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == own:
            node.id = tree.name
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.unparse(tree)
