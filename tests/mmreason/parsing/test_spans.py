from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmreason.parsing.spans import find_spans, token_range


def insides(text: str, tag: str) -> list[str]:
    return [text[a:b] for a, b in find_spans(text, tag)]


def test_closed_repeated_unclosed_reopened_and_stray() -> None:
    assert insides("<think>a</think><answer>b</answer>", "answer") == ["b"]
    assert insides("<answer>a</answer> <answer>b</answer>", "answer") == ["a", "b"]
    assert insides("x <answer>a b", "answer") == ["a b"]
    assert insides("<answer>a<answer>b</answer>", "answer") == ["a", "b"]
    assert insides("</answer>a</answer>", "answer") == []
    assert insides("<answer></answer>", "answer") == [""]
    assert insides("<Answer>a</Answer>", "answer") == []
    assert insides("", "answer") == []


def test_a_tag_name_is_no_pattern() -> None:
    assert insides("<axb>1</axb><a.b>2</a.b>", "a.b") == ["2"]


def test_many_tags_are_survived() -> None:
    assert len(find_spans("<answer>" * 50_000, "answer")) == 50_000


def test_tokens_that_touch_the_range() -> None:
    # Tokens: "<answer" ">A" "B" "</answer>"; the inside "AB" is characters 8 to 10.
    offsets = [0, 7, 9, 10, 19]
    assert token_range(offsets, 8, 10) == (1, 3)
    assert token_range(offsets, 9, 10) == (2, 3)
    assert token_range(offsets, 8, 11) == (1, 4)
    assert token_range(offsets, 0, 19) == (0, 4)
    assert token_range(offsets, 10, 10) == (3, 3)
    assert token_range(offsets, 19, 19) == (4, 4)


def test_bytes_of_one_character_go_with_it() -> None:
    # Three byte tokens spell the character at 2; the first two have no character of their own.
    offsets = [0, 2, 2, 2, 3, 4]
    assert token_range(offsets, 2, 3) == (1, 4)
    assert token_range(offsets, 0, 2) == (0, 1)
    assert token_range(offsets, 3, 4) == (4, 5)


def test_nothing_written() -> None:
    assert token_range([0], 0, 0) == (0, 0)
    assert token_range([0], 0, 5) == (0, 0)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.data())
def test_the_range_covers_every_character_asked_for(widths: list[int], data: st.DataObject) -> None:
    offsets = [sum(widths[:i]) for i in range(len(widths) + 1)]
    start = data.draw(st.integers(0, offsets[-1]))
    end = data.draw(st.integers(start, offsets[-1]))
    first, last = token_range(offsets, start, end)
    assert 0 <= first <= last <= len(widths)
    if end > start:
        assert offsets[first] <= start
        assert offsets[last] >= end
        touching = [t for t in range(len(widths)) if offsets[t] < end and offsets[t + 1] > start]
        assert first <= touching[0]
        assert last == touching[-1] + 1
