"""KL to the reference in the reward: REINFORCE per token, RLOO per sequence."""

from __future__ import annotations

import pytest

from mmreason.asks import REFERENCE
from mmreason.credit.leave_one_out import LeaveOneOut
from mmreason.rewards.base import Term
from mmreason.rewards.kl_penalty import SequenceKLReward, TokenKLReward
from mmreason.signals import needs, roles
from tests.mmreason.fakes import close, comp, constant, fixed, group, settled

REF = constant([(-1.2, -0.5, -1.0), ()])
GROUP = group(comp([1, 2, 3], [-1.0, -0.5, -2.0]), comp([]))


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [("k1", [0.2, 0, -1.0]), ("k2", [0.02, 0, 0.5]), ("k3", [0.01873075, 0, 0.71828183])],
)
def test_per_token(estimator: str, expected: list[float]) -> None:
    reward = TokenKLReward(beta=0.1, estimator=estimator, reference=REF)  # type: ignore[arg-type]
    batch = settled([GROUP], reward)
    close(batch.groups[0][reward][0], [-0.1 * x for x in expected])
    assert batch.groups[0][reward][1].tolist() == []


@pytest.mark.parametrize(("over", "expected"), [("sum", [0.8, 0]), ("mean", [0.8 / 3, 0])])
def test_per_sequence(over: str, expected: list[float]) -> None:
    reward = SequenceKLReward(over=over, reference=REF)  # type: ignore[arg-type]
    close(settled([GROUP], reward).groups[0][reward], expected)


def test_forced_tokens_are_left_out() -> None:
    reward = SequenceKLReward(reference=constant([(-9.0, -1.5)]))
    batch = settled([group(comp([9, 1], [0, -1.0], wrote=[False, True]))], reward)
    close(batch.groups[0][reward], [-0.5])


def test_rloo_with_kl_by_hand() -> None:
    """Rewards 1 and 0, KL 0.5 and 1.0, beta 0.1: 0.95 against -0.1."""
    divergence = SequenceKLReward(reference=constant([(-1.5,), (-2.0,)]))
    terms = (Term("r", fixed([1, 0])), Term("kl", divergence, 0.1))
    batch = settled([group(comp([1], [-1.0]), comp([1], [-1.0]))], LeaveOneOut(), terms=terms)
    close([float(a) for a in batch.groups[0][LeaveOneOut()]], [1.05, -1.05])


def test_the_reference_is_asked_once_for_both() -> None:
    both = (TokenKLReward(), SequenceKLReward())
    assert roles(both) == {REFERENCE}
    assert len(needs(both)) == 4
