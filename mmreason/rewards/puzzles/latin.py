"""Squares in which no number comes twice in a row or column: Sudoku, Futoshiki, Skyscraper, Calcudoku."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from mmreason.rewards.puzzles.reading import Grid, read_grid


def verify_sudoku(answer: str, record: Mapping[str, Any]) -> bool:
    """Check all rows, columns, boxes (``box``: their height and width) and ``givens`` (0 is blank)."""
    givens, (height, width) = record["givens"], record["box"]
    grid = latin_grid(answer, givens)
    if grid is None:
        return False
    boxes = (
        [grid[r + i][c + j] for i in range(height) for j in range(width)]
        for r in range(0, len(grid), height)
        for c in range(0, len(grid), width)
    )
    return all(len(set(box)) == len(box) for box in boxes)


def verify_futoshiki(answer: str, record: Mapping[str, Any]) -> bool:
    """Check rows, columns, ``givens`` and ``less``: lists of row, column, row, column of a smaller and a larger one."""
    grid = latin_grid(answer, record["givens"])
    return grid is not None and all(grid[a][b] < grid[c][d] for a, b, c, d in record["less"])


def verify_skyscraper(answer: str, record: Mapping[str, Any]) -> bool:
    """Check rows, columns, ``givens`` and how many buildings are seen from each side (``views``; 0 is unknown)."""
    grid = latin_grid(answer, record["givens"])
    return grid is not None and all(
        view == 0 or seen(line) == view
        for side, views in record["views"].items()
        for line, view in zip(lines_from(grid, side), views, strict=True)
    )


def verify_calcudoku(answer: str, record: Mapping[str, Any]) -> bool:
    """Check rows, columns and the ``cages``: cells, operation and target of each."""
    side = record["side"]
    grid = latin_grid(answer, [[0] * side for _ in range(side)])
    return grid is not None and all(
        cage_holds([grid[r][c] for r, c in cage["cells"]], cage["op"], cage["target"]) for cage in record["cages"]
    )


def latin_grid(answer: str, givens: Sequence[Sequence[int]]) -> Grid | None:
    """Read a square whose rows and columns hold 1 to its side once each, and that keeps the givens."""
    side = len(givens)
    grid = read_grid(answer, side, side)
    every = list(range(1, side + 1))
    if grid is None or any(sorted(line) != every for line in (*grid, *zip(*grid, strict=True))):
        return None
    kept = all(
        was in (0, now) for row, old in zip(grid, givens, strict=True) for now, was in zip(row, old, strict=True)
    )
    return grid if kept else None


def lines_from(grid: Sequence[Sequence[int]], side: str) -> list[Sequence[int]]:
    """Give the lines as they are seen from the top, bottom, left or right, in the order of their number."""
    lines: Iterable[Sequence[int]] = grid if side in ("left", "right") else list(zip(*grid, strict=True))
    return [line[::-1] if side in ("right", "bottom") else line for line in lines]


def seen(line: Sequence[int]) -> int:
    """Count the buildings that no taller one stands before.

    >>> seen([2, 1, 4, 3])
    2
    """
    return sum(height > max(line[:at], default=0) for at, height in enumerate(line))


def cage_holds(numbers: Sequence[int], op: str, target: int) -> bool:
    """Say whether the numbers of a cage give its target; for - and / the largest comes first.

    >>> cage_holds([1, 4], "-", 3), cage_holds([2, 6], "/", 3), cage_holds([2, 3, 4], "*", 24)
    (True, True, True)
    """
    first, *others = sorted(numbers, reverse=True)
    value = Fraction(first)
    for number in others:
        match op:
            case "+":
                value += number
            case "-":
                value -= number
            case "*":
                value *= number
            case _:
                value /= number
    return value == target
