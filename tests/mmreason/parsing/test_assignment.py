from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.assignment import assign

TABLES = st.integers(1, 5).flatmap(
    lambda wide: st.lists(st.lists(st.integers(0, 9), min_size=wide, max_size=wide), min_size=1, max_size=5)
)


def largest(values: list[list[int]]) -> int:
    """The best sum, by trying every assignment."""
    if len(values) > len(values[0]):
        values = [list(row) for row in zip(*values, strict=True)]
    places = permutations(range(len(values[0])), len(values))
    return max(sum(row[j] for row, j in zip(values, p, strict=True)) for p in places)


@given(TABLES)
def test_no_assignment_is_better(values: list[list[int]]) -> None:
    pairs = assign(values)
    assert len(pairs) == min(len(values), len(values[0]))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert sum(values[i][j] for i, j in pairs) == largest(values)
    greedy = assign(values, "greedy")
    assert len(greedy) == len(pairs)
    assert 2 * sum(values[i][j] for i, j in greedy) >= largest(values)


def test_nothing_to_pair() -> None:
    assert assign([]) == assign([[]]) == []
