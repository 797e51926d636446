from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import pytest

from mmreason.data.text import Countdown, GameOf24
from mmreason.data.text.arithmetic_target import solve_target
from mmreason.errors import RecipeError
from mmreason.rewards.puzzles.arithmetic_target import reaches_target


def brute(numbers: tuple[int, ...]) -> set[Fraction]:
    """Every value that can be made, by splitting instead of joining."""
    if len(numbers) == 1:
        return {Fraction(numbers[0])}
    out: set[Fraction] = set()
    for cut in range(1, len(numbers)):
        for a, b in product(brute(numbers[:cut]), brute(numbers[cut:])):
            out |= {a + b, a - b, a * b} | ({a / b} if b else set())
    return out


@pytest.mark.parametrize("numbers", [(1, 1, 1), (2, 3, 4), (3, 3, 8), (1, 5, 5), (7, 7, 2), (9, 9, 9), (6, 6, 6)])
def test_the_solver_finds_a_solution_exactly_where_there_is_one(numbers) -> None:
    every = set().union(*(brute(order) for order in permutations(numbers)))
    for target in range(-5, 60):
        found = solve_target(list(numbers), target)
        assert (found is not None) is (target in every)
        assert found is None or reaches_target(found, numbers, target)


def test_the_famous_ones() -> None:
    for numbers in ([3, 3, 8, 8], [1, 5, 5, 5], [4, 4, 7, 7], [1, 3, 4, 6]):
        assert reaches_target(solve_target(numbers, 24) or "", numbers, 24)
    assert solve_target([1, 1, 1, 1], 24) is None


def test_levels() -> None:
    for level, count in ((1, 4), (4, 5), (10, 7)):
        for task in GameOf24(num=2, level=level).load_tasks(None)[0]:
            assert len(task.record["numbers"]) == count
    for level in range(1, 6):
        for task in Countdown(num=5, level=level).load_tasks(None)[0]:
            assert len(task.record["numbers"]) == 2 + level
            assert 1 <= task.record["target"] <= 100
    with pytest.raises(RecipeError, match="GameOf24: count is 9, expected 2 to 7"):
        GameOf24(count=9).load_tasks(None)


def test_the_same_numbers_in_another_order_come_once() -> None:
    found = [tuple(sorted(task.record["numbers"])) for task in GameOf24(num=100).load_tasks(None)[0]]
    assert len(set(found)) == 100
