"""The best one-to-one assignment of rows to columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal


def assign(
    values: Sequence[Sequence[float]], how: Literal["hungarian", "greedy"] = "hungarian"
) -> list[tuple[int, int]]:
    """Pair each row with a column of its own, or each column with a row, whichever are fewer.

    Args:
        values: [R, C], what each pair is worth.
        how: ``hungarian`` has the largest sum; ``greedy`` takes the best pair that is left, again and again.

    Returns:
        (row, column), by row.

    >>> assign([[0.9, 0.8], [0.85, 0.1]]), assign([[0.9, 0.8], [0.85, 0.1]], "greedy")
    ([(0, 1), (1, 0)], [(0, 0), (1, 1)])
    """
    if not values or not values[0]:
        return []
    if how == "greedy":
        return _greedy(values)
    if len(values) <= len(values[0]):
        return sorted(enumerate(_hungarian(values)))
    return sorted((row, column) for column, row in enumerate(_hungarian(list(zip(*values, strict=True)))))


def _greedy(values: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    left = sorted((-value, i, j) for i, row in enumerate(values) for j, value in enumerate(row))
    rows, columns, out = set[int](), set[int](), []
    for _, i, j in left:
        if i not in rows and j not in columns:
            rows.add(i)
            columns.add(j)
            out.append((i, j))
    return sorted(out)


def _hungarian(values: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row, rows not more than columns: shortest augmenting paths (Kuhn 1955, Munkres 1957)."""
    num, wide = len(values), len(values[0])
    price_row, price_column = [0.0] * num, [0.0] * (wide + 1)
    owner = [-1] * (wide + 1)
    """Row of each column; the last is where a new row starts from."""
    for row in range(num):
        owner[wide], at = row, wide
        slack, came, seen = [math.inf] * wide, [wide] * wide, [False] * (wide + 1)
        while owner[at] >= 0:
            seen[at], here = True, owner[at]
            for j in range(wide):
                cost = -values[here][j] - price_row[here] - price_column[j]
                if not seen[j] and cost < slack[j]:
                    slack[j], came[j] = cost, at
            step, nearest = min((slack[j], j) for j in range(wide) if not seen[j])
            for j in range(wide + 1):
                if seen[j]:
                    price_row[owner[j]] += step
                    price_column[j] -= step
                elif j < wide:
                    slack[j] -= step
            at = nearest
        while at != wide:
            owner[at], at = owner[came[at]], came[at]
        owner[wide] = -1
    out = [0] * num
    for column, row in enumerate(owner[:wide]):
        if row >= 0:
            out[row] = column
    return out
