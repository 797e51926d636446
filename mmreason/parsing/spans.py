"""Where tags are in a text, and which tokens that is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence


def find_spans(text: str, tag: str) -> list[tuple[int, int]]:
    """List the insides of ``<tag>...</tag>`` as character ranges, in order.

    A tag that is opened again before it is closed ends where it is opened again; one that is never closed ends with the
    text; a stray closing tag is ignored. Tags are compared exactly, upper and lower case included.

    >>> find_spans("<answer>A</answer> no, <answer>B", "answer")
    [(8, 9), (31, 32)]
    """
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for mark in re.finditer(rf"<(/?){re.escape(tag)}>", text):
        if start is not None:
            spans.append((start, mark.start()))
        start = None if mark.group(1) else mark.end()
    if start is not None:
        spans.append((start, len(text)))
    return spans


def token_range(offsets: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Give (first token, after last token) of the tokens that touch the characters ``[start, end)``.

    A token that reaches over a border belongs to the range, so that no character of it is lost. Tokens without a
    character of their own (the first bytes of one that several tokens spell) go with the character that follows them.

    Args:
        offsets: [T + 1] characters of the text before each token, never falling; the last is the length of the text.
        start: First character, 0 to the length of the text.
        end: After the last character; the range is empty where it is not after ``start``.

    Returns:
        Token indices, 0 to T; both the same when the range holds no character.
    """
    last_token = len(offsets) - 1
    first = min(bisect_left(offsets, start), last_token)
    if offsets and offsets[first] > start:
        first -= 1
    first = max(first, 0)
    if end <= start:
        return first, first
    return first, max(min(bisect_left(offsets, end), last_token), first)
