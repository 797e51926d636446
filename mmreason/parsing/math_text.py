r"""Answers to mathematical questions as text: one spelling for what looks alike, units apart, alternatives apart.

Every function takes one pass or a fixed number of them. Answers over ``MAX_MATH`` characters are for callers to refuse.
"""

from __future__ import annotations

import re
import unicodedata

from mmreason.parsing.plain_text import INVISIBLE

MAX_MATH = 1000
"""Characters of the longest answer that is read as mathematics."""

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2009\u200a\u202f\u3000\t\r\n~", " "),
        "\u00d7": r"\times ", "\u00b7": r"\cdot ", "\u22c5": r"\cdot ", "\u00f7": "/", "\u2044": "/", "\u2215": "/",
        "\u03c0": r"\pi ", "\u221a": r"\sqrt ", "\u221e": r"\infty ", "\u00b1": r"\pm ", "\u00b0": r"^\circ ",
        "\u2264": r"\le ", "\u2265": r"\ge ", "\u2260": r"\ne ", "\u222a": r"\cup ", "\u2248": r"\approx ",
        "\uff0c": ",", "\uff0e": ".", "\uff05": "%", "\uff08": "(", "\uff09": ")", "\uff0b": "+", "\uff1d": "=",
        "\u00b2": "^{2}", "\u00b3": "^{3}", "\u00bd": r"\frac{1}{2}",
        "\u00bc": r"\frac{1}{4}", "\u00be": r"\frac{3}{4}",
        **dict.fromkeys(map(chr, INVISIBLE), ""),
    }
)  # fmt: skip
_WRAPPED = re.compile(r"\$\$?([^$]*)\$\$?|\\\((.*)\\\)|\\\[(.*)\\\]")
_SPELLINGS = (
    (re.compile(r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits)(?![A-Za-z])\.?"), ""),
    (re.compile(r"\\(?:[,;:! ]|q?quad(?![A-Za-z]))"), " "),
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\(?:times|cdot|ast)(?![A-Za-z])"), "*"),
    (re.compile(r"\\div(?![A-Za-z])"), "/"),
    (re.compile(r"\\leq(?:slant)?(?![A-Za-z])"), r"\\le"),
    (re.compile(r"\\geq(?:slant)?(?![A-Za-z])"), r"\\ge"),
    (re.compile(r"\\([%$#&])"), r"\1"),
    (re.compile(r"\^\s*(?:\\circ(?![A-Za-z])|\{\s*\\circ\s*\})|\\degree(?:s)?(?![A-Za-z])"), r" \\text{degrees}"),
    (re.compile(r"\{,\}"), ","),
)
_TEXT = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt|up)?|mathrm|mathbf|mathit|mathsf|mbox|operatorname)\s*\{([^{}]*)\}")
_GAPS = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")
_JOINED = re.compile(r"(?<![A-Za-z\\])(?:or|and)(?![A-Za-z])|\\(?:lor|vee|wedge|land|text\{\s*(?:or|and)\s*\})|;")
_UNIT = re.compile(
    r"\\(?:text|textrm|mathrm|mbox)\s*\{(?P<marked>[^{}]*)\}\s*(?P<power>\^\s*\{?\s*[0-9]\s*\}?)?$"
    r"|(?<=[0-9\s)}])(?P<bare>(?:square |sq\.? |cubic )?[A-Za-z]{2,}|(?<=[0-9]\s)[A-Za-z])\s*"
    r"(?P<raised>\^\s*\{?\s*[0-9]\s*\}?)?$"
)

_UNITS = {
    "mm": "millimeter millimetre", "cm": "centimeter centimetre", "m": "meter metre", "km": "kilometer kilometre",
    "in": "inch inches", "ft": "foot feet", "yd": "yard", "mi": "mile", "mg": "milligram", "g": "gram",
    "kg": "kilogram", "lb": "lbs pound", "oz": "ounce", "ml": "milliliter millilitre", "l": "liter litre",
    "s": "sec second", "min": "mins minute", "h": "hr hrs hour", "day": "day", "week": "week", "month": "month",
    "year": "yr year", "degree": "deg degree", "rad": "radian", "unit": "unit", "dollar": "usd dollar",
    "cent": "cent", "euro": "euro", "mph": "mph", "km/h": "kmh kph", "m/s": "m/s",
    "n": "newton", "j": "joule", "w": "watt", "v": "volt", "hz": "hertz",
}  # fmt: skip
UNITS = {word: short for short, words in _UNITS.items() for name in words.split() for word in (short, name, f"{name}s")}
"""Units that may be left out or spelt differently, by name."""


def spell(text: str) -> str:
    r"""Write an answer in one spelling: ASCII digits and signs, no delimiters, sizes or spacing commands.

    >>> spell("$12 \N{MINUS SIGN} \\frac{1}{3}$.")
    '12 - \\frac{1}{3}'
    """
    if not text.isascii():
        text = "".join(map(_ascii_digit, text))
    text = " ".join(text.translate(_SIGNS).split())  # single spaces also keep the patterns below from backtracking far
    text = _unwrapped(text.removesuffix("."))
    for pattern, plain in _SPELLINGS:
        text = pattern.sub(plain, text)
    return text.strip().removesuffix(".").strip()


def squeeze(text: str) -> str:
    """Leave out white space, except between digits: two answers that are then equal are the same."""
    return _GAPS.sub("", plain_words(text))


def plain_words(text: str) -> str:
    r"""Take the words out of ``\text{...}`` and its like."""
    return _TEXT.sub(r" \1 ", text).strip()


def split_unit(text: str, trusted: bool = False) -> tuple[str, str]:
    r"""Give what stands before a unit at the end, and the unit in its short form, "" without one.

    Known units only, and single letters only behind white space or in ``\text{...}``: ``5m`` may have a variable. Of a
    ``trusted`` text, the gold answer, any word behind a number or in ``\text{...}`` is a unit.

    >>> split_unit("5\\text{ centimeters}^2"), split_unit("5 m"), split_unit("5m"), split_unit("5 square feet")
    (('5', 'cm^2'), ('5', 'm'), ('5m', ''), ('5', 'ft^2'))
    """
    found = _UNIT.search(text)
    if found is None or not (before := text[: found.start()].strip()):
        return text, ""
    marked = found["marked"] is not None
    words = (found["marked"] if marked else found["bare"]).lower().strip(" .")
    power = (found["power"] or found["raised"] or "").strip("^{} ")
    for word, value in (("square ", "2"), ("sq. ", "2"), ("sq ", "2"), ("cubic ", "3")):
        if words.startswith(word):
            words, power = words.removeprefix(word), value
    short = UNITS.get(words, words if trusted and (marked or before[-1].isdigit()) else "")
    return (before, short + (f"^{power}" if power else "")) if short else (text, "")


def alternatives(text: str) -> str:
    """Write everything that joins several answers (or, and, semicolons) as a comma."""
    return _JOINED.sub(",", text)


def split_outside(text: str, mark: str) -> list[str]:
    """Split at a one-character mark that stands in no bracket of any kind."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == mark and depth <= 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def _unwrapped(text: str) -> str:
    found = _WRAPPED.fullmatch(text.strip())
    return text if found is None else next(inside for inside in found.groups() if inside is not None).strip()


def _ascii_digit(char: str) -> str:
    value = None if char.isascii() else unicodedata.decimal(char, None)
    return char if value is None else str(value)
