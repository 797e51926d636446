"""Names of transit stations and lines, made comparable.

The steps are those of ReasonMap and RewardMap (arXiv:2505.18675, arXiv:2510.02240); words are replaced whole, where the
released scorers also replace inside words. Both sides of a comparison go through the same function.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

MAX_NAME = 200
"""Characters of the longest name that is normalised; a longer one is no name and equals nothing."""

_MARKER = re.compile(
    r"[(\uff08]\s*(?:(?:transfer|interchange|branch|branch[- ]start(?:ing)?)(?:\s+(?:station|point))?"
    r"|换乘站?|支线起[始点]站?)\s*[)\uff09]",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")
_DROPPED = re.compile(r"[,\uff0c*'\u2018\u2019`\r\n]")
_NO_NAME_WORD = re.compile(r"\b(?:metro|station)\b", re.IGNORECASE)
_NO_LINE_WORD = re.compile(r"\b(?:line|route)\b", re.IGNORECASE)
_FULL_WORDS = (
    (re.compile(r"\buniv\b\.?", re.IGNORECASE), "University"),
    (re.compile(r"\btech\b\.?", re.IGNORECASE), "Technology"),
    (re.compile(r"\broad\b", re.IGNORECASE), "lu"),
)
_GAPS = re.compile(r"[\s\-\u2010-\u2014]+")


def _squeeze(name: str) -> str:
    return unicodedata.normalize("NFC", _GAPS.sub("", name).lower())


def strip_markers(stop: str) -> str:
    """Remove the transfer-station and branch-start markers that metro data carries behind a stop.

    >>> strip_markers("Oak (Transfer Station)")
    'Oak'
    """
    return _MARKER.sub("", stop).strip()


def clean_metro(metro: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Give line name to ordered stops, without markers."""
    return {line.strip(): [strip_markers(stop) for stop in stops] for line, stops in metro.items()}


@lru_cache(maxsize=65536)
def _station(name: str) -> str:
    kept, changed = _DROPPED.sub("", name), True
    while changed:
        before = kept
        kept = _BRACKETED.sub("", before)
        changed = kept != before
    for pattern, word in _FULL_WORDS:
        kept = pattern.sub(word, kept)
    return _squeeze(_NO_NAME_WORD.sub(" ", kept).strip().removesuffix("站")) or _squeeze(name)


def normalise_station(name: str) -> str:
    """Make a station name comparable.

    Drops commas, asterisks, apostrophes, line breaks, whatever is in round or full-width brackets, the words "Metro"
    and "Station" and a 站 at the end; writes Univ and Tech out and "road" as "lu"; deletes white space and hyphens;
    lower-case.
    A name that is nothing but dropped words is kept, so that it never equals an empty one.

    >>> normalise_station("Beijing-Univ. Metro Station (Transfer Station)")
    'beijinguniversity'
    """
    return _station(name) if len(name) <= MAX_NAME else name


@lru_cache(maxsize=4096)
def _line(name: str) -> str:
    kept = _DROPPED.sub("", name)
    return _squeeze(_NO_LINE_WORD.sub(" ", kept)) or _squeeze(kept)


def normalise_line(name: str) -> str:
    """Make a line name comparable: "Line 1", "Route 1" and "1" are the same.

    >>> normalise_line("**Line 1**") == normalise_line("Route 1") == "1"
    True
    """
    return _line(name) if len(name) <= MAX_NAME else name


def stations_of(stops: Iterable[str]) -> frozenset[str]:
    """Give the normalised names of some stops."""
    return frozenset(normalise_station(stop) for stop in stops)


def find_line(metro: Mapping[str, Sequence[str]], line: str) -> str | None:
    """Give the key of ``metro`` that the line name means, or None.

    The name as written wins; otherwise normalised names are compared, and a name that fits several keys fits none.
    """
    written = line.strip(" \t*")
    if written in metro:
        return written
    wanted = normalise_line(line)
    fitting = [key for key in metro if normalise_line(key) == wanted]
    return fitting[0] if len(fitting) == 1 else None
