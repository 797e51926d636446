"""From an answer as a file has it to a typed one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from vision_data.errors import MediaError
from vision_data.formats.boxes import boxes_of, looks_like_boxes
from vision_data.formats.record import Boxes, Choice, ChoiceSet, Code, Gold, Number, Text
from vision_data.spaces import System

Expected = Literal["choice", "set", "number", "text", "boxes", "code", "any"]
"""What kind of answer a format knows there to be; ``any`` is found out from the answer itself."""

_TAGGED = re.compile(r"<answer>(.*?)(?:</answer>|$)", re.DOTALL | re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\s*\{(.*)\}\s*\.?", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_LETTER = re.compile(r"\(?([A-Za-z])\)?\s*(?:[.:)].*)?", re.DOTALL)
_LETTERS = re.compile(r"\(?([A-Za-z])\)?(?:\s*(?:,|;|and|\s)\s*\(?([A-Za-z])\)?)+", re.IGNORECASE)


def unwrap(text: str) -> str:
    r"""Take an answer out of answer tags, of ``\boxed{}`` and of white space; what has neither stays as it is.

    Of several pairs of tags the last one counts; a tag that is never closed reaches to the end.

    >>> unwrap("<think>Two and two.</think><answer> \\boxed{4} </answer>")
    '4'
    >>> unwrap("4 <answer")
    '4 <answer'
    """
    found = _TAGGED.findall(text)
    inner = (found[-1] if found else text).strip()
    boxed = _BOXED.fullmatch(inner)
    return boxed.group(1).strip() if boxed else inner


def number_in(text: str) -> float | None:
    """Read a number with optional thousands separators; None where the text is anything else.

    >>> number_in("1,250.5"), number_in("-3e2"), number_in("3 apples"), number_in("nan")
    (1250.5, -300.0, None, None)
    """
    if not _NUMBER.fullmatch(text) or not any(mark.isdigit() for mark in text):
        return None
    value = float(text.replace(",", ""))
    return value if math.isfinite(value) else None


def gold_of(
    value: Any,
    *,
    options: Sequence[str] = (),
    expected: Expected = "any",
    space: System | Literal["none"] | None = None,
    language: str = "",
    size: tuple[int, int] | None = None,
) -> Gold | None:
    """Make the typed answer of what a row has for one.

    Args:
        value: text, number, list of letters or of boxes, or nothing.
        options: texts of the options, where there are any: then letters, and the text of an option, are choices.
        expected: the kind of answer where the format tells it.
        space: what boxes are counted in; None is undeclared, ``none`` says that lists of four numbers are no boxes.
        language: of code.
        size: width and height of the picture in pixels, where known: boxes must lie in it.

    Returns:
        The answer, or None where the row has none (nothing, or blank text).

    Raises:
        MediaError: the answer is not of the expected kind, or holds boxes and no space is declared.
    """
    if value is None or (isinstance(value, str) and not value.strip()) or (value == [] and expected != "set"):
        return None
    raw = value if isinstance(value, str) else _written(value)
    if isinstance(value, str):
        value = unwrap(value)
        if not value:
            raise MediaError(f"the answer is {raw!r}: nothing inside its tags; remove the record or fill it in")
    if expected == "code":
        return Code(value if isinstance(value, str) else raw, language, raw)
    if expected == "boxes" or (expected == "any" and not options and space != "none" and looks_like_boxes(value)):
        return _boxes(value, space, size, raw)
    if expected in ("choice", "set") or (options and expected == "any"):
        chosen = _chosen(value, options, raw, expected)
        if chosen is not None:
            return chosen
    return _plain(value, expected, raw)


def _boxes(value: Any, space: Any, size: tuple[int, int] | None, raw: str) -> Gold:
    if space in (None, "none"):
        raise MediaError(
            f"the answer {raw[:60]!r} looks like boxes and nothing says what they are counted in; declare it: boxes "
            "in original or resized pixels, unit (0 to 1), thousand (0 to 1000), or none if they are no boxes"
        )
    return Boxes(boxes_of(value, space, size), space, raw)


def _chosen(value: Any, options: Sequence[str], raw: str, expected: Expected) -> Gold | None:
    """Find the letters; None where the answer is no choice and need not be one."""
    several = isinstance(value, list | tuple)
    words = [str(word).strip() for word in value] if several else [str(value).strip()]
    if not several and (expected == "set" or _LETTERS.fullmatch(words[0])) and words[0] not in options:
        words = re.findall(r"\b[A-Za-z]\b", words[0]) or words
    letters = [_letter(word, options) for word in words]
    if None in letters:
        if expected == "any":
            return None
        known = f"{len(options)} options" if options else "a letter"
        raise MediaError(f"the answer {raw[:60]!r} names none of {known}; expected a letter or the text of an option")
    unique = tuple(sorted({letter for letter in letters if letter is not None}))
    if expected == "set" or len(unique) > 1:
        return ChoiceSet(unique, raw)
    return Choice(unique[0], raw)


def _letter(word: str, options: Sequence[str]) -> str | None:
    """Give the letter that a word stands for: the text of an option, or a letter within the options."""
    same = [i for i, option in enumerate(options) if option.strip().casefold() == word.casefold()]
    if len(same) == 1:
        return chr(ord("A") + same[0])
    found = _LETTER.fullmatch(word)
    if not found:
        return None
    letter = found.group(1).upper()
    inside = not options or ord(letter) - ord("A") < len(options)
    return letter if inside else None


def _plain(value: Any, expected: Expected, raw: str) -> Gold:
    """A number or a text."""
    others: tuple[str, ...] = ()
    if isinstance(value, list | tuple):
        words = [unwrap(str(word)) for word in value]
        value, others = words[0], tuple(words[1:])
    text = value if isinstance(value, str) else raw
    # A number between dollar signs is how mathematical sets write it.
    dollars = re.fullmatch(r"\$\s*([^$]+?)\s*\$", text)
    if dollars and number_in(dollars[1]) is not None:
        text = dollars[1]
    number = number_in(text)
    if expected == "number" and number is None:
        raise MediaError(f"the answer is {raw[:60]!r}, expected a number")
    if number is not None and expected != "text" and not others:
        return Number(number, text, raw)
    return Text(text, raw, others)


def _written(value: Any) -> str:
    """Write a number as a person would, and a list or an object as JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        if not math.isfinite(value):
            raise MediaError(f"the answer is {value}, expected a finite number")
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
