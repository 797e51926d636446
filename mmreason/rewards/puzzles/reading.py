"""Grids, numbers, words and pairs as policies write them; None for anything that is not wholly one."""

from __future__ import annotations

import re
from typing import TypeAlias

Grid: TypeAlias = list[list[int]]

_FENCED = re.compile(r"\s*```[a-zA-Z]*\n(.*?)\n?```\s*", re.DOTALL)
_ROW = re.compile(r"\[([^\[\]]*)\]")
_ROW_END = re.compile(r"\n|;|\\\\")
_PAIR = re.compile(r"[(\[]?\s*([0-9]{1,3})\s*[,:]\s*([0-9]{1,3})\s*[)\]]?")
_WORD_GAP = re.compile(r"[\s,;]+(?:and[\s,;]+)?")


def unfenced(text: str) -> str:
    """Give what stands in a code fence where the whole text is one, else the text."""
    found = _FENCED.fullmatch(text)
    return found[1] if found else text


def read_grid(text: str, height: int, width: int) -> Grid | None:
    r"""Read ``height`` rows of ``width`` whole numbers of up to four ASCII digits.

    A row is a line, or a list in brackets; numbers are apart by spaces, commas or bars, and digits may touch.

    >>> read_grid("1 2\n34", 2, 2), read_grid("[[1, 2], [3, 4]]", 2, 2), read_grid("1 2", 2, 2)
    ([[1, 2], [3, 4]], [[1, 2], [3, 4]], None)
    """
    rows = _ROW.findall(text) if "[" in text else [row for row in _ROW_END.split(text.strip()) if row.strip(" |")]
    if len(rows) != height:
        return None
    cells = [re.findall(r"[^\s,|&]+", row) for row in rows]
    cells = [list(row[0]) if len(row) == 1 and len(row[0]) == width else row for row in cells]
    if any(len(row) != width for row in cells) or not all(_is_number(cell) for row in cells for cell in row):
        return None
    return [[int(cell) for cell in row] for row in cells]


def read_pairs(text: str) -> list[tuple[int, int]] | None:
    """Read pairs of whole numbers such as ``(1, 2), (3, 4)`` and nothing else; an empty list for ``none``.

    >>> read_pairs("(1,2); (3,4)"), read_pairs("none"), read_pairs("(1,2) or so")
    ([(1, 2), (3, 4)], [], None)
    """
    if text.strip().lower() in ("none", "[]"):
        return []
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]") and ("(" in bare or "[" in bare[1:]):
        bare = bare[1:-1]
    found = [(int(a), int(b)) for a, b in _PAIR.findall(bare)]
    return found if found and not _PAIR.sub("", bare).strip(" \t\n,;") else None


def read_words(text: str) -> list[str]:
    """Split a list at commas, semicolons, line breaks, spaces and a last ``and``; lower case."""
    return [word for word in _WORD_GAP.split(text.strip().strip(".[]").lower()) if word]


def _is_number(cell: str) -> bool:
    return len(cell) <= 4 and cell.isascii() and cell.isdigit()
