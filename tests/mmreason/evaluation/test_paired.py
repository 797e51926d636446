"""Paired tests by hand: McNemar, flipped signs, Holm, and what a comparison could have seen."""

from __future__ import annotations

import math

import pytest

from mmreason.evaluation.paired import compare, holm, mcnemar, sign_flip

NAN = float("nan")


@pytest.mark.parametrize(
    ("worse", "better", "p"), [(0, 5, 0.0625), (2, 10, 0.03857421875), (10, 2, 0.03857421875), (0, 1, 1.0)]
)
def test_mcnemar_by_hand(worse: int, better: int, p: float) -> None:
    """2 against 10: 2 (1 + 12 + 66) / 4096."""
    assert mcnemar(worse, better) == pytest.approx(p)


def test_all_flips_of_few_signs_are_tried() -> None:
    """3, 1 and 1: only both ways of equal signs come to 5, two of eight."""
    assert sign_flip([3.0, 1.0, 1.0]) == 0.25
    assert sign_flip([3.0, 0.0, 1.0, 1.0, 0.0]) == 0.25, "clusters that agree say nothing"


def test_many_signs_are_drawn_and_never_give_a_p_of_0() -> None:
    assert sign_flip([1.0] * 60, seed=1, draws=999) == 1 / 1000
    assert sign_flip([1.0, -1.0] * 30, seed=1, draws=999) == 1.0


def test_one_question_a_picture_is_mcnemar_and_several_are_flipped_together() -> None:
    before, after = [0.0] * 10 + [1.0] * 4, [1.0] * 9 + [0.0] + [1.0] * 4
    alone = compare(before, after, [str(i) for i in range(14)])
    assert (alone.test, alone.p) == ("McNemar, exact", mcnemar(0, 9))
    assert alone.gain.value == pytest.approx(9 / 14)
    together = compare(before, after, [str(i // 2) for i in range(14)])
    assert together.test == "flipped signs"
    assert together.p == 2 / 2**5, "five pictures differ, all in one direction"
    assert compare([0.5], [0.25], ["a"]).test == "flipped signs", "no right and wrong"


def test_weights_move_the_difference_of_the_weighted_means() -> None:
    found = compare([0.0, 1.0], [1.0, 1.0], ["a", "b"], [3.0, 1.0])
    assert (found.first, found.second, found.gain.value) == (0.25, 1.0, 0.75)


def test_what_one_side_could_not_measure_is_left_out() -> None:
    found = compare([NAN, 0.0, 1.0], [1.0, NAN, 0.0], ["a", "b", "c"])
    assert (found.first, found.second, found.gain.num) == (1.0, 0.0, 1)


def test_equal_answers_leave_room_for_a_difference_that_was_not_seen() -> None:
    found = compare([1.0] * 8, [1.0] * 8, [str(i) for i in range(8)])
    assert (found.p, found.gain.value) == (1.0, 0.0)
    assert -0.4 < found.gain.low < -0.3
    assert 0.3 < found.gain.high < 0.4
    assert math.isnan(found.seen)


def test_the_difference_that_would_be_seen() -> None:
    """Differences +1 and -1 on 100 questions: a standard error of 0.1005, times 2.8."""
    found = compare([0.0, 1.0] * 50, [1.0, 0.0] * 50, [str(i) for i in range(100)])
    assert found.seen == pytest.approx(2.8 * 0.1005, abs=1e-3)


def test_holm_by_hand() -> None:
    assert holm([0.04, 0.001, 0.02, 0.5]) == pytest.approx([0.08, 0.004, 0.06, 0.5])
    assert holm([]) == []
