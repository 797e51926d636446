from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.distances import common_length, edit_distance

WORDS = st.lists(st.sampled_from("abcd"), max_size=70)


def table(one: list[str], other: list[str]) -> tuple[int, int]:
    """Edit distance and longest common subsequence by the textbook's tables."""
    edits = list(range(len(other) + 1))
    common = [0] * (len(other) + 1)
    for i, x in enumerate(one, 1):
        new, found = [i], [0]
        for j, y in enumerate(other, 1):
            new.append(min(edits[j] + 1, new[-1] + 1, edits[j - 1] + (x != y)))
            found.append(common[j - 1] + 1 if x == y else max(common[j], found[-1]))
        edits, common = new, found
    return edits[-1], common[-1]


@given(WORDS, WORDS)
def test_as_the_plain_tables_have_it(one: list[str], other: list[str]) -> None:
    assert (edit_distance(one, other), common_length(one, other)) == table(one, other)


def test_long_texts_are_no_trouble() -> None:
    one, other = ["a", "b"] * 2_000, ["b", "a"] * 2_000
    assert common_length(one, other) == 3_999
    assert edit_distance(one, other) == 2
