"""Options that speak of other options: by letter ("both A and B") or by place ("none of the above")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vision_data.prompts.letters import LETTERS, letter

_LETTER = r"\(?[A-Z]\)?(?![A-Za-z'])"
_JOIN = r"(?:\s*,\s*(?:(?i:and|or|nor)\s+)?|\s+(?i:and|or|nor)\s+|\s*[&+/]\s*)"
_LIST = rf"{_LETTER}(?:{_JOIN}{_LETTER})*"
_PAIR = rf"{_LETTER}(?:{_JOIN}{_LETTER})+"
_STRONG = r"(?i:both|only|either|neither|all\s+of|none\s+of|any\s+of)"
_NOUN = r"(?i:options?|choices?|answers?)"
_END = r"\s*[.!]?\s*"
# "Both A and B", "only A", "neither option B nor C", "A and B only": words that are said of options.
_CLEAR = re.compile(rf"\s*{_STRONG}\s+(?:{_NOUN}\s+)?{_LIST}(?:\s+(?i:only))?{_END}|\s*{_PAIR}\s+(?i:only){_END}")
# "A and C", "option B": said of options, or of what is lettered in the picture.
_UNCLEAR = re.compile(rf"\s*(?:{_PAIR}|{_NOUN}\s+{_LIST}){_END}")
_MENTION = re.compile(rf"\b(?i:options?|choices?)\s+{_LIST}")
_CAPITAL = re.compile(r"(?<![A-Za-z])[A-Z](?![A-Za-z'])")
_PLACED = re.compile(
    r"\b(?:all|none|both|neither|either|any|some|one|two|three|each|more)\b(?:\s+\w+){0,2}?\s+"
    r"(?:the\s+)?(?:\w+\s+)?(?:above|below|preceding|previous|following)"
    r"(?:\s+(?:is|are|options?|answers?|choices?|statements?|correct|true|right|apply)){0,3}\s*[.!]?\s*$"
    r"|^\s*(?:the\s+)?(?:above|below)\s*[.!]?\s*$",
    re.IGNORECASE,
)


def is_placed(option: str) -> bool:
    """Tell whether an option speaks of those above or below it, so that it must stay where it is.

    >>> is_placed("All of the above"), is_placed("the lamp above the sofa")
    (True, False)
    """
    return bool(_PLACED.search(option))


def names_options(option: str, num_options: int) -> bool:
    """Tell whether a whole option names others by letter, in words that are said of options.

    >>> names_options("Both A and B", 4), names_options("Vitamin A", 4)
    (True, False)
    """
    return bool(_CLEAR.fullmatch(option)) and _known(option, num_options)


def may_name_options(text: str, num_options: int) -> bool:
    """Tell whether an option or a question has letters of options, or of what is lettered in the picture.

    >>> may_name_options("A and C", 4), may_name_options("Is option B true?", 4), may_name_options("A", 4)
    (True, True, False)
    """
    if _CLEAR.fullmatch(text):
        return False
    if _UNCLEAR.fullmatch(text):
        return _known(text, num_options)
    return any(_known(found[0], num_options) for found in _MENTION.finditer(text))


def rename_options(text: str, order: Sequence[int]) -> str:
    """Rewrite the letters that name options for their new places; other capital letters stay.

    Args:
        text: an option or a question.
        order: for each new position the old one.
    """
    moved = {letter(old): letter(new) for new, old in enumerate(order)}

    def rename(found: re.Match[str]) -> str:
        return _CAPITAL.sub(lambda one: moved.get(one[0], one[0]), found[0])

    for whole in (_CLEAR, _UNCLEAR):
        found = whole.fullmatch(text)
        if found:
            return rename(found) if _known(text, len(order)) else text
    return _MENTION.sub(lambda one: rename(one) if _known(one[0], len(order)) else one[0], text)


def _known(text: str, num_options: int) -> bool:
    """Whether all letters are those of options."""
    return all(LETTERS.index(found) < num_options for found in _CAPITAL.findall(text))
