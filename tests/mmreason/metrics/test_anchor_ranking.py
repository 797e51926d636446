"""Rankings from duels with anchors: scores by hand, ties, ranks, and what is unknown."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.metrics.anchor_ranking import AnchorRanking, Duel, anchor_scores, best_found, kendall
from mmreason.types import Group, Task
from tests.mmreason.fakes import NAN, close, comp, fixed, prompt, settled


def test_mean_win_probability_against_the_anchors() -> None:
    duels = [
        Duel("a", "x", 0.9, (False, True)),
        Duel("y", "a", 0.4, (True, False)),
        Duel("x", "y", 0.7, (True, True)),
        Duel("b", "x", NAN, (False, True)),
        Duel("y", "b", 0.8, (True, False)),
        Duel("a", "b", 0.0, (False, False)),
    ]
    found = anchor_scores(duels)
    assert set(found) == {"a", "x", "y", "b"}
    close([found[name] for name in "axyb"], [0.75, 0.7, 0.3, 0.2])
    assert anchor_scores([]) == {}


def test_kendall_by_hand() -> None:
    ranks = {"a": 1.0, "b": 2.0, "c": 3.0}
    assert kendall({"a": 0.9, "b": 0.5, "c": 0.1}, ranks) == 1
    assert kendall({"a": 0.1, "b": 0.5, "c": 0.9}, ranks) == -1
    assert kendall({"a": 0.5, "b": 0.5, "c": 0.1}, ranks) == pytest.approx(2 / 3), "a tie of scores counts 0"
    assert kendall({"a": 0.5, "b": 0.1}, {"a": 1, "b": 1}) != kendall({}, {}), "both are NaN"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_all_rankings_of_a_set_average_to_nothing(scores: list[float]) -> None:
    num = len(scores)
    found = [kendall(dict(enumerate(scores)), dict(enumerate(order))) for order in permutations(range(num))]
    assert sum(found) == pytest.approx(0)


def test_the_best_is_found_or_shared() -> None:
    ranks = {"a": 1.0, "b": 2.0, "c": 1.0}
    assert best_found({"a": 0.4, "b": 0.3}, ranks) == 1
    assert best_found({"a": 0.4, "b": 0.6, "c": 0.1}, ranks) == 0
    assert best_found({"a": 0.6, "b": 0.6}, ranks) == 0.5


def duel(number: int, name: str, pictures: tuple[int, int], ranks: tuple[int, int], second: bool = True) -> Group:
    record = {"set": name, "pictures": [*pictures], "anchors": [not second, second], "ranks": [*ranks]}
    return Group(Task(id=f"q{number}", prompt=prompt("x"), record=record), (comp([1]),))


def test_sets_are_ranked_apart() -> None:
    metric = AnchorRanking(fixed([0.8], [0.3], [0.2], [0.5]))
    batch = settled(
        [
            duel(0, "s", (0, 2), (1, 3)),
            duel(1, "s", (2, 1), (3, 2), second=False),  # 0.7 for picture 1
            duel(2, "t", (0, 2), (1, 3)),
            duel(3, "t", (1, 2), (2, 3)),
        ],
        metric,
    )
    assert metric(batch) == {"tau": 0.0, "best_found": 0.5, "sets": 2.0}
    empty = metric(settled([], metric))
    assert all(value != value for value in empty.values())


def test_other_tasks_are_left_out() -> None:
    metric = AnchorRanking(fixed([0.8], [0.8]))
    batch = settled([Group(Task(id="q0", prompt=prompt("x")), (comp([1]),)), duel(1, "s", (0, 2), (1, 3))], metric)
    found = metric(batch)
    assert found["sets"] != found["sets"], "a set of which one picture has a score is no ranking"
    assert found["best_found"] == 1
