from __future__ import annotations

import pytest

from mmreason.rewards.puzzles.cells import (
    matched,
    verify_campsite,
    verify_kakurasu,
    verify_minesweeper,
    verify_numbrix,
    verify_survo,
)


def test_kakurasu() -> None:
    record = {"rows": [3, 2], "columns": [1, 3]}
    assert verify_kakurasu("1 1\n0 1", record)
    assert not verify_kakurasu("1 1\n1 0", record)
    assert not verify_kakurasu("2 1\n0 1", {"rows": [4, 2], "columns": [2, 3]})


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("(1, 1)", True),
        ("[(1,1)]", True),
        ("(1, 1), (1, 1)", False),
        ("(2, 2)", True),
        ("(1, 2)", False),
        ("(9, 9)", False),
        ("(1,1), (1,2), (2,1)", False),
        ("none", False),
        ("", False),
    ],
)
def test_minesweeper(answer, right) -> None:
    assert verify_minesweeper(answer, {"grid": [[-1, 1], [1, -1]], "mines": 1}) is right


def test_campsite_wants_a_tree_for_each_tent() -> None:
    record = {"trees": [[0, 1], [2, 1]], "rows": [1, 0, 1], "columns": [1, 0, 1]}
    assert verify_campsite("(1,1), (3,3)", record)
    assert verify_campsite("(1,3), (3,1)", record)
    assert not verify_campsite("(1,1), (3,1)", record)
    assert not verify_campsite("(1,1)", record)
    assert not verify_campsite("(1,2), (3,2)", record)
    near = {"trees": [[0, 1], [1, 1]], "rows": [1, 1], "columns": [2, 0]}
    assert not verify_campsite("(1,1), (2,1)", near), "tents that touch"
    assert matched([(0, 0), (0, 2)], [(0, 1), (1, 2)])
    assert not matched([(0, 0), (0, 2)], [(0, 1), (5, 5)])


def test_survo() -> None:
    record = {"grid": [[0, 2], [3, 0]], "numbers": [1, 4], "rows": [3, 7], "columns": [4, 6]}
    assert verify_survo("1 2\n3 4", record)
    assert not verify_survo("4 2\n3 1", record)
    free = {"grid": [[0, 0], [0, 0]], "numbers": [1, 1, 2, 2], "rows": [3, 3], "columns": [3, 3]}
    assert verify_survo("1 2\n2 1", free)
    assert verify_survo("2 1\n1 2", free)
    assert not verify_survo("0 3\n3 0", free)
    assert not verify_survo("1 3\n2 1", record | {"rows": [4, 3], "columns": [3, 4]})


def test_numbrix() -> None:
    record = {"givens": [[1, 0], [0, 0]]}
    assert verify_numbrix("1 2\n4 3", record)
    assert verify_numbrix("1 4\n2 3", record)
    assert not verify_numbrix("1 2\n3 4", record)
    assert not verify_numbrix("2 1\n3 4", record)
    assert not verify_numbrix("1 2\n2 3", record)
