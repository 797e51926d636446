"""Clues are taken away as long as the solution stays the only one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Clue = TypeVar("Clue")


def thin(clues: Sequence[Clue], is_unique: Callable[[list[Clue]], bool], keep: int = 0) -> list[Clue]:
    """Take clues away, in their order, where one solution is left without them, until ``keep`` are left.

    Args:
        clues: with all of them the solution is unique.
        is_unique: says whether these clues have exactly one solution.
        keep: fewest clues that stay.

    Returns:
        The clues that stay, in their order.
    """
    kept = list(clues)
    for clue in clues:
        if len(kept) <= keep:
            break
        fewer = [other for other in kept if other is not clue]
        if is_unique(fewer):
            kept = fewer
    return kept
