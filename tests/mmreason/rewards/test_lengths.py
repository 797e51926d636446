"""Overlong completions, repetition, cosine lengths, limits."""

from __future__ import annotations

import math

import pytest

from mmreason.credit.branches import ToGo
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import RecipeError
from mmreason.rewards.cosine_length import CosineLength, cosine_length
from mmreason.rewards.length_limits import LengthLimits
from mmreason.rewards.overlong import HardOverlong, SoftOverlong, soft_overlong
from mmreason.rewards.repetition import RepeatedNgrams, RepetitionPenalty, repeated_places, repeated_share
from mmreason.signals import check
from mmreason.types import Batch, Completion
from tests.mmreason.fakes import Fixed, close, comp, fixed, group, settled, task


def long(num: int, **fields) -> Completion:
    return comp([1] * num, **fields)


def test_soft_overlong_of_dapo() -> None:
    """Worked example of DAPO's card, arXiv:2503.14476."""
    lengths = (50, 80, 81, 90, 100, 101)
    assert [soft_overlong(n, 100, 20) for n in lengths] == [0, 0, -0.05, -0.5, -1, -1]
    assert [SoftOverlong(100, 20).rate(task(), long(n)) for n in lengths] == [0, 0, -0.05, -0.5, -1, -1]
    assert [soft_overlong(n, 100, 0) for n in (100, 101)] == [0, -1]
    assert soft_overlong(0, 100, 100) == 0.0


def test_what_was_cut_off() -> None:
    cut = long(5, finish="length")
    assert SoftOverlong(100, 20).rate(task(), cut) == 0.0
    assert SoftOverlong(100, 20, truncated=True).rate(task(), cut) == -1.0
    assert HardOverlong().rate(task(), cut) == HardOverlong(4).rate(task(), long(5)) == -1.0
    assert HardOverlong().rate(task(), long(5)) == HardOverlong(5).rate(task(), long(5)) == 0.0


def test_repeated_ngrams_by_hand() -> None:
    assert repeated_share([1, 2, 3, 4], 2) == 0.0
    assert repeated_share([5] * 5, 2) == 0.75
    assert repeated_share([1], 2) == 0.0
    assert repeated_places("abcabcab", 3) == [False] * 3 + [True] * 5
    assert repeated_places("aaaa", 2) == [False, True, True, True]
    assert repeated_places("", 2) == []


def test_penalty_in_one_number(say) -> None:
    assert RepetitionPenalty(2).rate(task(), comp([5] * 5)) == -0.75
    assert RepetitionPenalty(2).rate(task(), comp([1, 2])) == 0.0
    assert RepetitionPenalty(2, -0.5, "words").rate(task(), say("no NO no No no")) == -0.375


def test_penalty_on_tokens_becomes_a_return() -> None:
    reward = RepeatedNgrams(2, -0.1)
    wrote = [True, True, True, False, True]
    (found,) = reward.place(group(comp([1, 2, 1, 2, 1], wrote=wrote)))
    close(found, [0, 0, -0.1, 0, -0.1])
    check(ToGo(GroupNorm(), (reward,)))


def test_cosine_by_hand() -> None:
    assert [cosine_length(n, 100, 1.0, 0.5) for n in (0, 50, 100, 200)] == pytest.approx([1.0, 0.75, 0.5, 0.5])
    assert cosine_length(25, 100, 2.0, 1.0) == pytest.approx(1 + 0.5 * (1 + math.cos(math.pi / 4)))


def scored(reward: CosineLength, *completions: Completion) -> list[float]:
    batch: Batch = settled([group(*completions)], reward)
    return [round(x, 6) for x in batch.groups[0][reward].tolist()]


def test_cosine_reward_of_the_paper() -> None:
    """Arithmetic of arXiv:2502.03373: right answers 2 to 1, wrong ones -10 to 0, -10 at the limit."""
    right: Fixed = fixed([1, 1, 0, 0, 1, 0, 1])
    lengths = (0, 50, 0, 50, 100, 120)
    found = scored(CosineLength(right, limit=100), *map(long, lengths), long(10, finish="length"))
    assert found == [2.0, 1.5, -10.0, -5.0, -10.0, -10.0, -10.0]


def test_cosine_reward_as_trl_has_it() -> None:
    reward = CosineLength(fixed([1, 0, 1]), 100, (1.0, 0.5), (-1.0, -0.5), None)
    assert scored(reward, long(50), long(50), long(300)) == [0.75, -0.75, 0.5]


def test_what_was_not_measured_stays_so() -> None:
    assert math.isnan(scored(CosineLength(fixed([math.nan]), 100), long(5))[0])


def test_limits(say) -> None:
    assert [LengthLimits(2, 3).rate(task(), long(n)) for n in (1, 2, 3, 4)] == [0, 1, 1, 0]
    assert LengthLimits(2, 2, "words").rate(task(), say("two words")) == 1.0
    assert LengthLimits(1, 3, "characters").rate(task(), say("four")) == 0.0


def test_bad_settings_are_refused() -> None:
    bad = (
        lambda: SoftOverlong(0),
        lambda: SoftOverlong(10, 11),
        lambda: HardOverlong(0),
        lambda: RepeatedNgrams(0),
        lambda: RepetitionPenalty(penalty=0.1),
        lambda: RepetitionPenalty(over="lines"),  # type: ignore[arg-type]
        lambda: CosineLength(limit=0),
        lambda: LengthLimits(3, 2),
        lambda: LengthLimits(unit="tokens", extract=str),
    )
    for make in bad:
        with pytest.raises(RecipeError, match=r"expected|measured in"):
            make()
