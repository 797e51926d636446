"""One clear line for a word that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from mmreason.errors import MMReasonError


class CommandError(MMReasonError, ValueError):
    """The command line cannot be understood: a word, an option or a value of one."""


def unknown(what: str, given: str, known: Iterable[str], otherwise: str = "") -> str:
    """Say that a word is unknown and which one may have been meant.

    Args:
        what: names the kind of word: command, recipe, option.
        given: the word.
        known: the words that exist.
        otherwise: what to say where none is near; the known words where this is empty.

    >>> unknown("recipe", "rewardmpa", ["rewardmap", "acre"])
    "unknown recipe 'rewardmpa'; did you mean 'rewardmap'?"
    >>> unknown("recipe", "x", ["rewardmap", "acre"])
    "unknown recipe 'x'; there are: rewardmap, acre"
    """
    words = list(known)
    near = get_close_matches(given, words, n=1, cutoff=0.5)
    if near:
        return f"unknown {what} {given!r}; did you mean {near[0]!r}?"
    return f"unknown {what} {given!r}; {otherwise or 'there are: ' + (', '.join(words) or 'none')}"
