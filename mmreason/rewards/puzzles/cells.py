"""Cells to be marked or filled: Kakurasu, Minesweeper, Campsite, Survo, Numbrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmreason.rewards.puzzles.reading import read_grid, read_pairs

Cell = tuple[int, int]


def verify_kakurasu(answer: str, record: Mapping[str, Any]) -> bool:
    """Check that marked cells add up: a cell counts its column's number in its row, and the other way round."""
    rows, columns = record["rows"], record["columns"]
    grid = read_grid(answer, len(rows), len(columns))
    return (
        grid is not None
        and all(cell in (0, 1) for row in grid for cell in row)
        and [weigh(row) for row in grid] == list(rows)
        and [weigh(column) for column in zip(*grid, strict=True)] == list(columns)
    )


def weigh(line: Sequence[int]) -> int:
    """Add up the numbers, from 1, of the marked places."""
    return sum(at for at, marked in enumerate(line, 1) if marked)


def verify_minesweeper(answer: str, record: Mapping[str, Any]) -> bool:
    """Check the coordinates of all mines (row, column, from 1) against every number shown and the mines in all.

    ``grid`` has -1 where nothing is shown. No mine may be named twice.
    """
    grid, pairs = record["grid"], read_pairs(answer)
    if pairs is None or len(pairs) != record["mines"]:
        return False
    mines = {(r - 1, c - 1) for r, c in pairs}
    inside = all(0 <= r < len(grid) and 0 <= c < len(grid[0]) and grid[r][c] < 0 for r, c in mines)
    return (
        inside
        and len(mines) == len(pairs)
        and all(
            number == sum(cell in mines for cell in around((r, c), len(grid), len(grid[0])))
            for r, row in enumerate(grid)
            for c, number in enumerate(row)
            if number >= 0
        )
    )


def verify_campsite(answer: str, record: Mapping[str, Any]) -> bool:
    """Check tents: one beside each tree and for it alone, none touching another, as many in each line as is told."""
    pairs = read_pairs(answer)
    trees = [(r, c) for r, c in record["trees"]]
    height, width = len(record["rows"]), len(record["columns"])
    if pairs is None or len(pairs) != len(trees):
        return False
    tents = [(r - 1, c - 1) for r, c in pairs]
    apart = all(max(abs(a - c), abs(b - d)) > 1 for i, (a, b) in enumerate(tents) for c, d in tents[:i])
    counted = [sum(r == at for r, _ in tents) for at in range(height)] == list(record["rows"]) and [
        sum(c == at for _, c in tents) for at in range(width)
    ] == list(record["columns"])
    return apart and counted and not set(tents) & set(trees) and matched(tents, trees)


def matched(tents: Sequence[Cell], trees: Sequence[Cell]) -> bool:
    """Say whether every tent can have a tree beside it of its own."""
    owner: dict[Cell, Cell] = {}

    def place(tent: Cell, tried: set[Cell]) -> bool:
        for tree in trees:
            if abs(tree[0] - tent[0]) + abs(tree[1] - tent[1]) == 1 and tree not in tried:
                tried.add(tree)
                if tree not in owner or place(owner[tree], tried):
                    owner[tree] = tent
                    return True
        return False

    return all(place(tent, set()) for tent in tents)


def verify_survo(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a filled ``grid`` (0 is blank): ``numbers`` are used once each, ``rows`` and ``columns`` add up."""
    given = record["grid"]
    grid = read_grid(answer, len(given), len(given[0]))
    if grid is None or not keeps(grid, given):
        return False
    filled = [now for row, old in zip(grid, given, strict=True) for now, was in zip(row, old, strict=True) if not was]
    return (
        sorted(filled) == sorted(record["numbers"])
        and [sum(row) for row in grid] == list(record["rows"])
        and [sum(column) for column in zip(*grid, strict=True)] == list(record["columns"])
    )


def verify_numbrix(answer: str, record: Mapping[str, Any]) -> bool:
    """Check a path: 1 to the number of cells, each beside the one before, over the ``givens`` (0 is blank)."""
    givens = record["givens"]
    grid = read_grid(answer, len(givens), len(givens[0]))
    if grid is None or not keeps(grid, givens):
        return False
    place = {number: (r, c) for r, row in enumerate(grid) for c, number in enumerate(row)}
    num = len(grid) * len(grid[0])
    return set(place) == set(range(1, num + 1)) and all(
        abs(place[i][0] - place[i + 1][0]) + abs(place[i][1] - place[i + 1][1]) == 1 for i in range(1, num)
    )


def keeps(grid: Sequence[Sequence[int]], givens: Sequence[Sequence[int]]) -> bool:
    """Say whether what was given is still there."""
    rows = zip(grid, givens, strict=True)
    return all(was in (0, now) for row, old in rows for now, was in zip(row, old, strict=True))


def around(cell: Cell, height: int, width: int) -> Iterator[Cell]:
    """Walk the up to eight cells that touch one."""
    for r in range(max(cell[0] - 1, 0), min(cell[0] + 2, height)):
        for c in range(max(cell[1] - 1, 0), min(cell[1] + 2, width)):
            if (r, c) != cell:
                yield r, c
