r"""The final answer of a completion, and its strict readings: yes or no, a letter, an integer.

The order of extraction (box, then phrases, then the whole text) and the phrases are those of the released scorers of
ReasonMap and RewardMap (arXiv:2505.18675, arXiv:2510.02240). The readings are strict so that listing every option,
repeating the question or writing nothing is never right.
"""

from __future__ import annotations

import re

from mmreason.parsing.boxed import last_boxed

_PHRASE = re.compile(r"the (?:(?:final |correct )?answer is|answer should be)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[\r\n]|\.\s")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


def final_answer(text: str) -> str:
    r"""Give what the completion finally answers, as written.

    The last ``\boxed{...}``; without one, what follows the last "the answer is" (or "the final answer is", "the correct
    answer is", "the answer should be") up to the end of that sentence or line; without that, the whole text.

    >>> final_answer("So the answer is: B. The others are wrong.")
    'B'
    """
    boxed = last_boxed(text)
    if boxed is not None:
        return boxed
    end = -1
    for phrase in _PHRASE.finditer(text):
        end = phrase.end()
    if end < 0:
        return text
    return _SENTENCE_END.split(text[end:].lstrip(" \t:"), maxsplit=1)[0]


def normalise_answer(answer: str) -> str:
    """Lower-case, without white space and without one full stop at the end.

    >>> normalise_answer(" Yes. ")
    'yes'
    """
    return "".join(answer.split()).lower().removesuffix(".")


def parse_yes_no(answer: str) -> bool | None:
    """Read a normalised answer that must be exactly ``yes`` or ``no``; None for anything else."""
    return {"yes": True, "no": False}.get(answer)


def parse_choice(answer: str, letters: str = "abcd") -> int | None:
    """Give the position of a normalised answer that must be exactly one of ``letters``; a bare number is None."""
    return letters.index(answer) if len(answer) == 1 and answer in letters else None


def parse_integer(answer: str) -> int | None:
    """Read a normalised answer that must be a plain decimal integer in ASCII digits, at most 18 of them."""
    return int(answer) if _INTEGER.fullmatch(answer) else None
