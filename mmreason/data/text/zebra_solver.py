"""Arrangements of a zebra puzzle that fit its clues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Fact: TypeAlias = tuple[int, int]
"""A value: number of its category, and its own; a house is a value of the category -1."""
Clue: TypeAlias = tuple[str, Fact, Fact]
"""Kind (at, same, beside, just left, left: with a house between) and the two values."""
Places: TypeAlias = dict[Fact, int]
"""Houses, as bits, where each value can still be."""


def solved(clues: Sequence[Clue], houses: int, categories: int, limit: int = 2) -> list[Places]:
    """Find up to ``limit`` arrangements that fit all clues."""
    every = (1 << houses) - 1
    places = {(-1, house): 1 << house for house in range(houses)}
    places |= {(category, value): every for category in range(categories) for value in range(houses)}
    found: list[Places] = []

    def search(places: Places) -> None:
        if not narrowed(places, clues, houses, categories):
            return
        open_ = [fact for fact, where in places.items() if where.bit_count() > 1]
        if not open_:
            found.append(places)
            return
        fact = min(open_, key=lambda fact: places[fact].bit_count())
        for house in range(houses):
            if places[fact] >> house & 1 and len(found) < limit:
                search(places | {fact: 1 << house})

    search(places)
    return found


def narrowed(places: Places, clues: Sequence[Clue], houses: int, categories: int) -> bool:
    """Take away every house that a clue or another value of the category rules out; False where none is left."""
    before = None
    while before != places:
        before = dict(places)
        for kind, a, b in clues:
            left, right = allowed(kind, places[a], places[b], (1 << houses) - 1)
            places[a] &= left
            places[b] &= right
        for category in range(categories):
            facts = [(category, value) for value in range(houses)]
            for fact in facts:
                if places[fact].bit_count() == 1:
                    for other in facts:
                        places[other] &= -1 if other == fact else ~places[fact]
        if not all(places.values()):
            return False
    return True


def allowed(kind: str, a: int, b: int, every: int) -> tuple[int, int]:
    """Give the houses that a clue leaves to each of its values, by the houses of the other.

    >>> allowed("just left", 0b111, 0b100, 0b111)
    (2, 6)
    """
    if kind == "beside":
        return (b << 1 | b >> 1) & every, (a << 1 | a >> 1) & every
    if kind == "just left":
        return b >> 1, a << 1 & every
    if kind == "left":
        lowest = a & -a
        return (1 << max(b.bit_length() - 2, 0)) - 1, every & ~((lowest << 2) - 1)
    return b, a
