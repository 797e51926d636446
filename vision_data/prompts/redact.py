"""Take the letters of options out of a reasoning trace, so that it must carry the answer in words."""

from __future__ import annotations

import re

# "I" followed by a small letter is the pronoun; a letter with an apostrophe belongs to a word.
_LETTER = r"(?:[A-HJ-Z]|I(?!\s+[a-z]))(?![A-Za-z]|['\u2019][a-z])"
_MORE = rf"(?:\s*(?:,\s*(?:and\s+|or\s+)?|and\s+|or\s+|&\s*)\(?{_LETTER}\)?)*"
_CUE = (
    r"(?:(?:options?|choices?|answers?|letters?)(?:\s+(?:is|are|was|be|would|should|must|choice|option))*"
    r"|choose|chose|pick|select|go(?:ing)?\s+with|it\s+is|it['\u2019]s)"
)
_CUED = re.compile(rf"\b((?i:{_CUE})\s*[:=]?\s*)[\"'$]?\(?{_LETTER}\)?[\"'$]?{_MORE}")
_MARKED = re.compile(rf"\\boxed\{{\s*{_LETTER}(?:\s*,\s*{_LETTER})*\s*\}}|\*\*\(?{_LETTER}\)?[.):]?\*\*|\({_LETTER}\)")
_LINE = re.compile(rf"(?m)^(\s*(?:[-*]\s+)?){_LETTER}[.):]\s")


def redact_letters(text: str, replacement: str = "[option]") -> str:
    r"""Replace letters that stand for options; ACRE's second pass then cannot copy them (arXiv:2510.10104).

    Letters are found after words such as option, answer is, choose or it is ("the answer is B", "options A and C"),
    in brackets "(B)", in a box or in bold, and at the beginning of a line "B. a dog". A letter in the middle of a
    sentence without any of these is left, since it may name a thing ("line A", "a point B").

    >>> redact_letters("(A) is a cat, so the answer is B.")
    '[option] is a cat, so the answer is [option].'
    """
    text = _MARKED.sub(lambda _: replacement, text)
    text = _CUED.sub(lambda found: found[1] + replacement, text)
    return _LINE.sub(lambda found: f"{found[1]}{replacement} ", text)
