"""Where things stand in a completion: its thought, its answer, and the words that go with a box."""

from __future__ import annotations

import re

from mmreason.inspector.jsonl import items, number, whole
from mmreason.inspector.model import Box, BoxMark
from mmreason.parsing.boxed import last_boxed
from mmreason.parsing.spans import find_spans
from mmreason.parsing.think_answer import think_span

PHRASE = 80
"""Characters before a box's numbers that are looked at for the words that go with it."""
_BOUNDS = re.compile(r"[.!?;:,\n<>\])}]\s*(?:and\b|so\b|then\b)?\s*")
_CLOSING = re.compile(r"\s?[\])}]{1,3}")


def answer_span(text: str) -> tuple[int, int] | None:
    r"""Give the inside of the last answer tag, or of the last ``\boxed{}``; None without either.

    >>> answer_span("<answer>B</answer>"), answer_span(r"So \boxed{7}."), answer_span("B")
    ((8, 9), (10, 11), None)
    """
    if spans := find_spans(text, "answer"):
        return spans[-1]
    inside = last_boxed(text)
    if inside is None:
        return None
    start = text.rfind("{" + inside + "}") + 1
    return start, start + len(inside)


def thought_span(text: str) -> tuple[int, int] | None:
    """Give the inside of the think block."""
    return think_span(text)


def phrase_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen the place of a box's numbers to the words before them, back to the last mark, and the bracket after them.

    >>> said = "I see a red cup [10, 20, 30, 40], and a dog."
    >>> said[slice(*phrase_span(said, 17, 31))]
    'I see a red cup [10, 20, 30, 40]'
    """
    closing = _CLOSING.match(text, end)
    last = closing.end() if closing else end
    from_here = max(start - PHRASE, 0)
    bounds = [mark.end() for mark in _BOUNDS.finditer(text, from_here, start)]
    if bounds:
        first = bounds[-1]
    elif from_here:
        gap = text.find(" ", from_here, start)
        first = gap + 1 if gap >= 0 else start
    else:
        first = 0
    while first < start and text[first].isspace():
        first += 1
    return first, last


def edges_of(value: object) -> Box | None:
    """Read four shares of a picture's sides, corners in order; None for anything else."""
    found = [number(x) for x in items(value)[:4]]
    if len(found) < 4 or any(x != x for x in found):
        return None
    x0, y0, x1, y1 = (min(max(x, 0.0), 1.0) for x in found)
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def box_marks(value: object, text: str, num: int) -> tuple[BoxMark, ...]:
    """Read the boxes of a completion; equal boxes have one colour.

    Args:
        value: rows of four edges, first character, one after the last, and the number of the picture if not 0.
        text: of the completion.
        num: pictures there are.
    """
    out: list[BoxMark] = []
    colours: dict[Box, int] = {}
    for row in items(value):
        edges, rest = edges_of(row), items(row)[4:]
        picture = whole(rest[2], -1) if len(rest) > 2 else 0
        if edges is None or not 0 <= picture < max(num, 1):
            continue
        start, end = (whole(x, -1) for x in (*rest[:2], -1, -1)[:2])
        phrase = phrase_span(text, start, end) if 0 <= start < end <= len(text) else None
        out.append(BoxMark(edges, picture, phrase, colours.setdefault(edges, len(colours))))
    return tuple(out)
