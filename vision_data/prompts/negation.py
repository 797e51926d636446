"""Turn a question into its opposite by negating its verb, as TW-GRPO does for NExT-GQA and STAR (arXiv:2505.24718)."""

from __future__ import annotations

import re

NEGATED = {
    "did": "didn't", "does": "doesn't", "do": "don't", "is": "isn't",
    "are": "aren't", "was": "wasn't", "were": "weren't",
}  # fmt: skip
"""Auxiliary verbs and their negation, of the rule for NExT-GQA."""

_STAR = (
    (re.compile(r"\bwhat happened\b", re.IGNORECASE), "what didn't happen"),
    (re.compile(r"\bwhat will\b", re.IGNORECASE), "what won't"),
    (re.compile(r"\bable\b", re.IGNORECASE), "unable"),
    (re.compile(r"\bdid\b", re.IGNORECASE), "didn't"),
    (re.compile(r"\bwas\b", re.IGNORECASE), "wasn't"),
    (re.compile(r"\bwould\b", re.IGNORECASE), "wouldn't"),
)


def negate_second_word(question: str) -> str | None:
    """Negate the auxiliary verb that is the second word; None where it is none.

    >>> negate_second_word("what did the boy do"), negate_second_word("why the boy ran")
    ("what didn't the boy do", None)
    """
    found = re.match(r"(\s*\S+\s+)(\S+)(?=\s|$)", question)
    if found is None or found[2].lower() not in NEGATED:
        return None
    return found[1] + _like(found[2], NEGATED[found[2].lower()]) + question[found.end() :]


def negate_star(question: str) -> str | None:
    """Negate a question of STAR's templates by the first rule that fits, once; None where none does.

    >>> negate_star("What happened after the person sat down?")
    "What didn't happen after the person sat down?"
    """
    for pattern, negated in _STAR:
        found = pattern.search(question)
        if found:
            return question[: found.start()] + _like(found[0], negated) + question[found.end() :]
    return None


def _like(old: str, new: str) -> str:
    """Begin with a capital letter where the old text did."""
    return new[0].upper() + new[1:] if old[0].isupper() else new
