"""The letters of options: A for the first, and answers that are one letter or several."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vision_data.errors import MediaError

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ONE = re.compile(r"\(?([A-Za-z])\)?[.:)]?")


def letter(index: int) -> str:
    """Give the letter of an option by its position from 0.

    Raises:
        MediaError: there is none: the position is not 0 to 25.
    """
    if not 0 <= index < len(LETTERS):
        raise MediaError(f"option {index + 1} has no letter, expected at most {len(LETTERS)} options")
    return LETTERS[index]


def join_letters(indices: Iterable[int]) -> str:
    """Write positions as an answer, in order of the alphabet: ``A,C``."""
    return ",".join(letter(index) for index in sorted(set(indices)))


def split_letters(answer: str, num_options: int = len(LETTERS)) -> tuple[int, ...] | None:
    """Read an answer of letters separated by commas; ``b``, ``(B)``, ``B.`` and repeats are taken too.

    Anything else, an answer with a letter beyond the options included, is None, never a part of what was said.

    Args:
        answer: text without tags.
        num_options: how many letters there are.

    Returns:
        Positions, ascending, each once.

    >>> split_letters("C, A"), split_letters("A cat"), split_letters("")
    ((0, 2), None, None)
    """
    found = [_ONE.fullmatch(part.strip()) for part in answer.split(",")]
    if not all(found):
        return None
    places = {LETTERS.index(match[1].upper()) for match in found if match}
    return tuple(sorted(places)) if max(places) < num_options else None
