"""Invented cities, countries and stations."""

from __future__ import annotations

import random
import zlib

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Capitals without I, O and Q, which are hard to tell apart in a small disc."""

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "dr", "gr", "st", "tr")
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "l", "n", "r", "s", "m")


def _syllable(rng: random.Random) -> str:
    return rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)


def place_name(rng: random.Random, syllables: int) -> str:
    """One capitalised word."""
    return "".join(_syllable(rng) for _ in range(syllables)).capitalize()


def split_name(rng: random.Random, split_index: int, syllables: int) -> str:
    """A name that no other split can draw: every possible name belongs to one split by its checksum."""
    while True:
        name = place_name(rng, syllables)
        if zlib.crc32(name.encode()) % 2 == split_index:
            return name


def station_names(rng: random.Random, count: int, lettered: bool) -> list[str]:
    """`count` different names: letters, or words of at most nine characters so that labels find room."""
    if lettered:
        return rng.sample(LETTERS, count)
    names: list[str] = []
    while len(names) < count:
        name = place_name(rng, rng.choice((2, 2, 3)))
        if name not in names and 4 <= len(name) <= 9:
            names.append(name)
    return names
