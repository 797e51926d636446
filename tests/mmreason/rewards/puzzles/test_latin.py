from __future__ import annotations

import pytest

from mmreason.rewards.puzzles.latin import (
    cage_holds,
    lines_from,
    seen,
    verify_calcudoku,
    verify_futoshiki,
    verify_skyscraper,
    verify_sudoku,
)

SUDOKU = {"givens": [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], "box": [2, 2]}


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 1", True),
        ("1 2 3 4\n3 4 2 1\n2 1 4 3\n4 3 1 2", True),
        ("1 2 3 4\n2 3 4 1\n3 4 1 2\n4 1 2 3", False),
        ("2 1 3 4\n3 4 1 2\n1 2 4 3\n4 3 2 1", False),
        ("1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 1 2", False),
        ("1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 0", False),
        ("1 2 3 4\n3 4 1 2\n2 1 4 3", False),
    ],
)
def test_every_solution_of_a_sudoku_counts_and_nothing_else(answer, right) -> None:
    assert verify_sudoku(answer, SUDOKU) is right


def test_boxes_may_be_wider_than_high() -> None:
    rows = ["123456", "456123", "231564", "564231", "312645", "645312"]
    record = {"givens": [[0] * 6 for _ in range(6)], "box": [2, 3]}
    assert verify_sudoku("\n".join(rows), record)
    assert not verify_sudoku("\n".join(rows[:1] + rows[2:3] + rows[1:2] + rows[3:]), record)


def test_futoshiki() -> None:
    record = {"givens": [[0, 0, 0]] * 3, "less": [[0, 0, 0, 1], [2, 2, 1, 2]]}
    assert verify_futoshiki("1 2 3\n3 1 2\n2 3 1", record)
    assert not verify_futoshiki("2 1 3\n3 2 1\n1 3 2", record)
    assert not verify_futoshiki("1 2 3\n1 2 3\n1 2 3", record)


def test_skyscraper() -> None:
    views = {"top": [3, 0, 0], "bottom": [1, 0, 0], "left": [3, 0, 1], "right": [1, 2, 0]}
    record = {"givens": [[0, 0, 0]] * 3, "views": views}
    assert verify_skyscraper("1 2 3\n2 3 1\n3 1 2", record)
    assert not verify_skyscraper("1 3 2\n2 1 3\n3 2 1", record)
    assert seen([2, 1, 4, 3]) == 2
    assert lines_from([[1, 2], [3, 4]], "bottom") == [(3, 1), (4, 2)]
    assert lines_from([[1, 2], [3, 4]], "right") == [[2, 1], [4, 3]]


def test_calcudoku() -> None:
    cages = [{"cells": [[0, 0], [0, 1]], "op": "-", "target": 1}, {"cells": [[1, 0], [1, 1]], "op": "*", "target": 2}]
    record = {"side": 2, "cages": cages}
    assert verify_calcudoku("1 2\n2 1", record)
    assert verify_calcudoku("2 1\n1 2", record)
    assert not verify_calcudoku("1 1\n2 2", record)
    assert not verify_calcudoku("1 2\n2 1", {"side": 2, "cages": [cages[0] | {"target": 0}]})
    assert cage_holds([3, 2], "/", 2) is False
    assert cage_holds([1, 2, 6], "/", 3)
