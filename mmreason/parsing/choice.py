"""Which option of a multiple-choice question an answer means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmreason.parsing.math_text import plain_words
from mmreason.parsing.plain_text import normalise_text, plain

MAX_CHOICE = 5000
"""Characters of the longest answer that is read as a choice."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_LED = re.compile(
    r"(?:(?:my|the)\s)?(?:(?:final|correct|right|best)\s)?(?:answer|option|choice|letter)(?:\sis)?\s?:?\s?",
    re.IGNORECASE,
)
_JUDGED = re.compile(r"\sis\s(?:the\s)?(?:correct|right)(?:\s(?:answer|option|choice|one))?\.?$", re.IGNORECASE)
_LETTER = re.compile(
    r"(?P<open>[(\[{])?\s?(?P<letter>[A-Za-z])(?![A-Za-z0-9'])\s?(?P<close>[)\]}])?\s?(?P<mark>[.:\-]?)\s?(?P<rest>.*)",
    re.DOTALL,
)
_SECOND = re.compile(r"(?<![A-Za-z0-9'.])[A-HJ-Z](?![A-Za-z0-9'])|\b(?:or|not)\b")
_WRAPS = "$*`\"'_ "


def read_choice(answer: str, options: Sequence[str] = ()) -> int | None:
    r"""Give the position of the one option that an answer names; None where it names none or several.

    By its letter (``B``, ``b``, ``(B)``, ``[B]``, ``B.``, ``**B**``, ``\text{B}``, ``Option B``, ``Answer: B``,
    ``B is correct``),
    by its letter and its text (``B. a dog``), or by its text alone. A letter before the text of another option, and a
    letter beyond the options, is none.

    Args:
        answer: What a policy answered, without tags or box.
        options: Texts of the options without letters; empty where they are not known: then any letter will do, and text
            behind a letter is not compared.

    >>> [read_choice(said, ("a cat", "a dog")) for said in ("(b)", "B. a dog", "a dog", "B. a cat", "A or B", "not B")]
    [1, 1, 1, None, None, None]
    """
    if len(answer) > MAX_CHOICE:
        return None
    said = _JUDGED.sub("", " ".join(plain_words(plain(answer)).split())).strip(_WRAPS)
    by_letter = _lettered(said, options) if said else None
    if by_letter is None and (led := _LED.match(said)):
        by_letter = _lettered(said[led.end() :].strip(_WRAPS), options)
    return _worded(said, options) if by_letter is None else by_letter


def read_choices(answer: str, options: Sequence[str] = ()) -> list[int | None]:
    """Give what each part of an answer with several options names; letters may also stand together: ``AC``.

    >>> read_choices("A, (c)"), read_choices("AC"), read_choices("A and perhaps")
    ([0, 2], [0, 2], [0, None])
    """
    said = plain_words(plain(answer[: MAX_CHOICE + 1])).strip(_WRAPS).rstrip(".")
    if not said or len(answer) > MAX_CHOICE:
        return []
    num = len(options) or len(LETTERS)
    if said.isascii() and said.isalpha() and said.isupper() and list(said) == sorted(set(said)):
        return [place if (place := LETTERS.index(mark)) < num else None for mark in said]
    parts = re.split(r"[,;|\n&]|\band\b", said.removeprefix("[").removesuffix("]"))
    return [read_choice(part, options) for part in parts if part.strip(_WRAPS)]


def _lettered(said: str, options: Sequence[str]) -> int | None:
    found = _LETTER.fullmatch(said)
    if found is None:
        return None
    place, rest = LETTERS.index(found["letter"].upper()), found["rest"].strip(_WRAPS)
    if options and place >= len(options):
        return None
    if bool(found["open"]) and not found["close"]:
        return None
    if not rest.strip("."):
        return place
    if options:
        return place if _same(rest, options[place]) else None
    return place if (found["close"] or found["mark"]) and not _SECOND.search(rest) else None


def _worded(said: str, options: Sequence[str]) -> int | None:
    found = [i for i, option in enumerate(options) if said and _same(said, option)]
    return found[0] if len(found) == 1 else None


def _same(one: str, other: str) -> bool:
    return normalise_text(one, articles=False) == normalise_text(other, articles=False) != ""
