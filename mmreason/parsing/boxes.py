"""Boxes and points that a policy wrote, as bare numbers: what they are counted in is the caller's to say."""

from __future__ import annotations

import math
import re
from typing import Any

from mmreason.parsing.json_text import BadJson, read_json

MAX_PLACES = 1000
"""Boxes or points of the longest answer that is read."""
MAX_TEXT = 200_000
"""Characters of the longest answer that is read."""

_NUMBER = r"([+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,18})?|\.[0-9]{1,18}))"
_GAP = r"(?:\s{0,9},\s{0,9}|\s{1,9})"
_FOUR = rf"{_NUMBER}{_GAP}{_NUMBER}{_GAP}{_NUMBER}{_GAP}{_NUMBER}"
_TWO = rf"{_NUMBER}{_GAP}{_NUMBER}"
_LOOSE_FOUR = re.compile(
    rf"[\[(<{{]\s{{0,9}}{_FOUR}\s{{0,9}}[\])>}}]|\(\s{{0,9}}{_TWO}\s{{0,9}}\)\s{{0,9}},\s{{0,9}}\(\s{{0,9}}{_TWO}\s{{0,9}}\)"
)
_LOOSE_TWO = re.compile(rf"[\[(<{{]\s{{0,9}}{_TWO}\s{{0,9}}[\])>}}]")
_FENCE = re.compile(r"```[A-Za-z0-9]*")
_NAMES = {4: ("bbox_2d", "bbox", "box", "box_2d"), 2: ("point_2d", "point", "coordinate", "click", "position")}


def read_boxes(answer: str) -> list[tuple[float, ...]]:
    """Read every box of four numbers (left, top, right, bottom) in an answer, in order.

    JSON (``[1, 2, 3, 4]``, a list of such, objects with ``bbox_2d``, ``bbox`` or ``box``), fenced or not; brackets in
    text; pairs of corners ``(1,2),(3,4)``; or four numbers and nothing else. What the numbers say is not checked.

    Returns:
        The boxes; none for an answer with more than ``MAX_PLACES`` or ``MAX_TEXT`` characters.

    >>> read_boxes('{"bbox_2d": [1, 2, 3, 4], "label": "cup"}'), read_boxes("the cup (1,2),(3,4)")
    ([(1.0, 2.0, 3.0, 4.0)], [(1.0, 2.0, 3.0, 4.0)])
    """
    return _read(answer, 4)


def read_points(answer: str) -> list[tuple[float, ...]]:
    """Read every point of two numbers (x, y) in an answer; see ``read_boxes``."""
    return _read(answer, 2)


def _read(answer: str, num: int) -> list[tuple[float, ...]]:
    if len(answer) > MAX_TEXT:
        return []
    try:
        found = _places(read_json(answer), num)
    except BadJson:
        pattern, bare = (_LOOSE_FOUR, _FOUR) if num == 4 else (_LOOSE_TWO, _TWO)
        text = _FENCE.sub(" ", answer).strip().rstrip(".")
        whole = re.fullmatch(bare, text)
        rows = [whole.groups()] if whole else [match.groups() for match in pattern.finditer(text)]
        found = [tuple(float(x) for x in row if x is not None) for row in rows]
    return found if len(found) <= MAX_PLACES else []


def _places(value: Any, num: int) -> list[tuple[float, ...]]:
    """Places in a JSON value: itself, in a list, or under one of the usual names."""
    if isinstance(value, dict):
        named = [value[name] for name in _NAMES[num] if name in value]
        return _places(named[0], num) if named else []
    if not isinstance(value, list):
        return []
    if value and all(isinstance(x, int | float) and not isinstance(x, bool) for x in value):
        good = len(value) == num and all(abs(x) < 1e12 and math.isfinite(x) for x in value)
        return [tuple(map(float, value))] if good else []
    return [place for item in value for place in _places(item, num)]
