"""Where a prompt promises exactly one solution, a search that shares no code with the generators finds one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations, product
from typing import Any

import pytest

from mmreason.data.text import (
    Calcudoku,
    Cryptarithm,
    Family,
    Futoshiki,
    Kakurasu,
    KnightsAndKnaves,
    Minesweeper,
    Skyscraper,
    Sudoku,
    ZebraPuzzle,
)
from mmreason.data.text.cryptarithm import assignments
from mmreason.data.text.kakurasu import fillings
from mmreason.data.text.latin import solutions
from mmreason.data.text.minesweeper import layouts
from mmreason.data.text.thinning import thin
from mmreason.data.text.zebra_solver import solved
from mmreason.rewards.puzzles.cells import verify_kakurasu, verify_minesweeper
from mmreason.rewards.puzzles.latin import verify_calcudoku, verify_futoshiki, verify_skyscraper, verify_sudoku


def records(spec: Family) -> list[tuple[str, dict[str, Any]]]:
    return [(task.answer or "", dict(task.record)) for task in spec.load_tasks(None)[0]]


def squares(side: int, givens: Sequence[Sequence[int]] | None = None) -> Iterator[str]:
    """All Latin squares with these givens, as text."""

    def fits(row: Sequence[int], at: int) -> bool:
        return givens is None or all(was in (0, now) for now, was in zip(row, givens[at], strict=True))

    def grow(rows: list[tuple[int, ...]]) -> Iterator[str]:
        if len(rows) == side:
            yield "\n".join(" ".join(map(str, row)) for row in rows)
            return
        for row in permutations(range(1, side + 1)):
            if fits(row, len(rows)) and all(a != b for other in rows for a, b in zip(row, other, strict=True)):
                yield from grow([*rows, row])

    return grow([])


@pytest.mark.parametrize(
    ("spec", "verify"),
    [
        (Sudoku(num=3, side=4, blanks=12), verify_sudoku),
        (Futoshiki(num=2, side=4, clues=0), verify_futoshiki),
        (Skyscraper(num=2, side=4, clues=0), verify_skyscraper),
        (Calcudoku(num=4, side=4, largest=4), verify_calcudoku),
        (Calcudoku(num=4, side=3, largest=3), verify_calcudoku),
    ],
    ids=lambda value: type(value).__name__,
)
def test_squares(spec, verify) -> None:
    for answer, record in records(spec):
        side = len(record["givens"]) if "givens" in record else record["side"]
        found = [square for square in squares(side, record.get("givens")) if verify(square, record)]
        assert found == [answer]


def test_kakurasu() -> None:
    for answer, record in records(Kakurasu(num=6, side=3)):
        every = ("\n".join(" ".join(cells[r : r + 3]) for r in range(0, 9, 3)) for cells in product("01", repeat=9))
        assert [grid for grid in every if verify_kakurasu(grid, record)] == [answer]


def test_minesweeper() -> None:
    for answer, record in records(Minesweeper(num=5, side=4)):
        hidden = [(r + 1, c + 1) for r in range(4) for c in range(4) if record["grid"][r][c] < 0]
        found = [
            text
            for mines in combinations(hidden, record["mines"])
            if verify_minesweeper(text := ", ".join(map(str, mines)), record)
        ]
        assert found == [answer]


def test_cryptarithm() -> None:
    for answer, record in records(Cryptarithm(num=3, digits=2)):
        words = [*record["terms"], record["total"]]
        letters = sorted(set("".join(words)))
        found = []
        for digits in permutations("0123456789", len(letters)):
            digit = dict(zip(letters, digits, strict=True))
            a, b, c = ("".join(digit[x] for x in word) for word in words)
            if "0" not in (a[0], b[0], c[0]) and int(a) + int(b) == int(c):
                found.append(", ".join(f"{name}={value}" for name, value in digit.items()))
        assert found == [answer]


def test_knights() -> None:
    """The sentences of the prompt are read anew."""
    for task in KnightsAndKnaves(num=6, people=3).load_tasks(None)[0]:
        lines = [line for line in task.prompt[0].content[0].split("\n") if ' says: "' in line]
        people = [line.split(" says")[0] for line in lines]
        found = []
        for kinds in product((True, False), repeat=3):
            knight = dict(zip(people, kinds, strict=True))
            if all(true_of(line.split('"')[1], knight) == knight[who] for line, who in zip(lines, people, strict=True)):
                found.append({who: "knight" if kind else "knave" for who, kind in knight.items()})
        assert found == [task.record["roles"]]


def true_of(said: str, knight: dict[str, bool]) -> bool:
    words = said.rstrip(".").replace(",", "").split()
    if words[0] == "Exactly":
        return sum(knight.values()) == int(words[1])
    if words[0] == "If":
        return not knight[words[1]] or knight[words[6]]
    if "or" in words:
        return knight[words[0]] or not knight[words[5]]
    if "same" in words or "different" in words:
        return (knight[words[0]] == knight[words[2]]) is ("same" in words)
    return knight[words[0]] is (words[3] == "knight")


def test_zebra() -> None:
    """The sentences of the prompt are read anew."""
    for task in ZebraPuzzle(num=4, houses=3, categories=3).load_tasks(None)[0]:
        text = task.prompt[0].content[0]
        lists = [line.split(": ") for line in text.split("\n")[1:4]]
        clues = [line.split(". ", 1)[1] for line in text.split("\n") if line[:1].isdigit()]
        found = []
        for orders in product(permutations(range(1, 4)), repeat=3):
            house = {
                f"{name} {value}": at
                for (name, values), order in zip(lists, orders, strict=True)
                for value, at in zip(values.split(", "), order, strict=True)
            }
            if all(clue_holds(clue, house) for clue in clues):
                found.append(house)
        (only,) = found
        solution = task.record["solution"]
        assert only == {f"{n} {v}": int(h[-1]) for h, row in solution.items() for n, v in row.items()}


def clue_holds(clue: str, house: dict[str, int]) -> bool:
    places = [at for _, at in sorted((clue.index(value), at) for value, at in house.items() if value in clue)]
    if clue.startswith("House"):
        return places[0] == int(clue[6])
    x, y = places
    for words, holds in (
        ("is also", x == y),
        ("next to", abs(x - y) == 1),
        ("directly left", y - x == 1),
        ("at least one house between", y - x > 1),
    ):
        if words in clue:
            return holds
    raise AssertionError(clue)


def test_the_solvers_see_a_second_solution() -> None:
    assert len(solutions([[0] * 4 for _ in range(4)], (2, 2), limit=1000)) == 288
    assert len(solutions([[0] * 4 for _ in range(4)], limit=1000)) == 576
    assert solutions([[1, 1], [0, 0]]) == []
    assert len(fillings([1, 2], [2, 1])) == 0
    assert len(fillings([3, 3, 3], [3, 3, 3], 99)) == 2
    assert len(layouts([[-1, 1], [1, -1]], 1)) == 2
    assert len(assignments(["AB", "BA"], "CC", 99)) == 32
    assert len(solved([], 3, 2, 99)) == 36
    assert thin([1, 2, 3, 4], lambda some: sum(some) >= 5) == [3, 4]
