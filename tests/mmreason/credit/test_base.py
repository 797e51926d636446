"""The reward table: weighted sums, missing values, streams and the tokens they own."""

from __future__ import annotations

import pytest
import torch

from mmreason.credit.base import centred, streams, to_go
from mmreason.credit.group_norm import GroupNorm
from mmreason.credit.plain import Raw
from mmreason.rewards.base import Owned, Term, stream, total
from mmreason.rewards.kl_penalty import TokenKLReward
from mmreason.schedules import Linear
from mmreason.types import Progress
from tests.mmreason.fakes import NAN, close, comp, fixed, flat_group, group, settled


def test_terms_that_were_not_measured_are_left_out() -> None:
    """Values 1,0,1,- and 0.5,0.5,-,- with weights 1 and 0.2 sum to 1.1, 0.1, 1 and nothing."""
    terms = (Term("a", fixed([1, 0, 1, NAN])), Term("b", fixed([0.5, 0.5, NAN, NAN]), weight=0.2))
    by = GroupNorm()
    batch = settled([flat_group(4)], by, terms=terms)
    close(total(batch)[0], [1.1, 0.1, 1.0, NAN])
    close([float(a) for a in batch.groups[0][by]], [0.66562943, -1.14972356, 0.48409413, 0])


@pytest.mark.parametrize(("missing", "expected"), [("skip", [2, 1, 3]), ("group", [1, 1, 2]), ("drop", [2, NAN, 3])])
def test_what_a_missing_value_leaves_out(missing: str, expected: list[float]) -> None:
    terms = (Term("a", fixed([1, 1, 2])), Term("b", fixed([1, NAN, 1]), missing=missing))  # type: ignore[arg-type]
    batch = settled([flat_group(3)], terms=terms)
    close(stream(terms, batch.groups[0], batch), expected)


def test_no_terms_sum_to_nothing() -> None:
    batch = settled([flat_group(2)])
    close(stream((), batch.groups[0], batch), [0, 0])


def test_weights_may_be_schedules() -> None:
    terms = (Term("a", fixed([1, 2]), weight=Linear(1.0, 0.0)),)
    batch = settled([flat_group(2)], terms=terms, progress=Progress(3, 4))
    close(total(batch)[0], [0.25, 0.5])


def test_scalar_terms_that_own_the_same_tokens_are_one_stream() -> None:
    think = Owned("think")
    a, b, c = Term("a", fixed()), Term("b", fixed(), owns=think), Term("c", fixed())
    tokens = Term("d", TokenKLReward())
    assert streams((a, b, c, tokens)) == [(a, c), (b,)]


def test_credit_goes_to_the_tokens_that_a_term_owns_and_the_policy_wrote() -> None:
    spans = (("think", 1, 3), ("think", 4, 5))
    c = comp(range(6), wrote=[True, True, False, True, True, True], spans=spans)
    for owns, expected in (
        (None, [1, 1, 0, 1, 1, 1]),
        (Owned("think"), [0, 1, 0, 0, 1, 0]),
        (Owned("think", prefix=True), [1, 1, 0, 1, 1, 0]),
        (Owned("answer"), [0] * 6),
    ):
        batch = settled([group(c)], Raw(), terms=(Term("r", fixed([1]), owns=owns),))
        close(batch.groups[0][Raw()][0], expected)


def test_centred() -> None:
    close(centred(torch.tensor([1.0, NAN, 0.0])), [0.5, NAN, -0.5])
    close(centred(torch.tensor([NAN, NAN])), [NAN, NAN])
    assert centred(torch.full((8,), 0.7)).tolist() == [0.0] * 8
    assert centred(torch.zeros(0)).tolist() == []


def test_rewards_to_go() -> None:
    close(to_go(torch.tensor([1.0, 2.0, 4.0]), 1.0), [7, 6, 4])
    close(to_go(torch.tensor([1.0, 2.0, 4.0]), 0.5), [3, 4, 4])
    assert to_go(torch.zeros(0), 1.0).tolist() == []
