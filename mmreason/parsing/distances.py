"""Edit distance and longest common subsequence of sequences, many places at a time in the bits of an integer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def edit_distance(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Count the fewest insertions, deletions and substitutions that turn one sequence into the other.

    >>> edit_distance("kitten", "sitting"), edit_distance("one two".split(), [])
    (3, 2)
    """
    if not one:
        return len(other)
    places, full, last = _places(one), (1 << len(one)) - 1, 1 << (len(one) - 1)
    # Differences between neighbours in a column of the usual table: one more, one less.
    more, less, distance = full, 0, len(one)
    for item in other:
        here = places.get(item, 0)
        diagonal = (((here & more) + more) ^ more) | here | less
        right_more, right_less = less | ~(diagonal | more), diagonal & more
        distance += bool(right_more & last) - bool(right_less & last)
        right_more = right_more << 1 | 1
        more = (right_less << 1 | ~(diagonal | right_more)) & full
        less = right_more & diagonal & full
    return distance


def common_length(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Give the length of the longest common subsequence.

    >>> common_length("the sum of all positive".split(), "sum of all the positive integers".split())
    4
    """
    places, full = _places(one), (1 << len(one)) - 1
    free = full
    for item in other:
        found = free & places.get(item, 0)
        free = ((free + found) | (free - found)) & full
    return len(one) - free.bit_count()


def _places(items: Sequence[Hashable]) -> dict[Hashable, int]:
    """Where each item stands, as bits."""
    out: dict[Hashable, int] = {}
    for i, item in enumerate(items):
        out[item] = out.get(item, 0) | 1 << i
    return out
