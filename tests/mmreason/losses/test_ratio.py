"""What losses with an importance ratio share: bounded log-ratios, and the off-policy mask."""

from __future__ import annotations

import math

import pytest
import torch

from mmreason.credit.plain import Raw
from mmreason.errors import RecipeError
from mmreason.losses.cispo import Cispo
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.sequence_ratio import SequenceRatio
from mmreason.rewards.base import Term
from tests.mmreason.fakes import NAN, close, comp, constant, fixed, group, settled

TERMS = (Term("r", fixed([1, -1, -1])),)


@pytest.mark.parametrize("loss", [ClippedSurrogate(by=Raw()), Cispo(by=Raw(), cap=1e12)])
def test_a_log_ratio_beyond_the_bound_gives_finite_values_and_gradients(loss: ClippedSurrogate | Cispo) -> None:
    """In float32 exp(200) is inf and its gradient NaN, even where the clip then takes the other side."""
    batch = settled([group(*(comp([1], [-200.0]) for _ in range(3)))], loss, terms=TERMS)
    for i in range(3):
        row = torch.zeros(1, requires_grad=True)
        value = loss.tokens(batch.groups[0], i, [row]).sum()
        value.backward()  # type: ignore[no-untyped-call]
        assert row.grad is not None
        assert bool(value.isfinite() & row.grad.isfinite().all())


@pytest.mark.parametrize("kind", [ClippedSurrogate, SequenceRatio, Cispo])
def test_stale_completions_of_negative_credit_are_left_out(
    kind: type[ClippedSurrogate] | type[SequenceRatio] | type[Cispo],
) -> None:
    """DeepSeek-V3.2: the mean of sampled - current over written tokens is 0.6, 0.6 and 0.4; the bound is 0.5."""
    loss = kind(by=Raw(), stale=0.5)
    wrote = [True, True, False]
    g = group(*(comp([1, 2, 3], [-1.0, -1.0, 0.0], wrote=wrote) for _ in range(3)))
    batch = settled([g], loss, terms=TERMS)
    rows = [torch.tensor(row) for row in ([-1.5, -1.7, -9.0], [-1.5, -1.7, -9.0], [-1.3, -1.5, -9.0])]
    gone = [not bool(loss.tokens(batch.groups[0], i, [row])[:2].any()) for i, row in enumerate(rows)]
    assert gone == [False, True, False]


def test_a_token_that_the_sampler_could_not_tell_is_no_evidence() -> None:
    loss = ClippedSurrogate(by=Raw(), old=constant([(-1.0, -1.0)] * 3), stale=0.5)
    batch = settled([group(*(comp([1, 2], [NAN, -1.0]) for _ in range(3)))], loss, terms=TERMS)
    assert bool(loss.tokens(batch.groups[0], 1, [torch.tensor([-9.0, -1.9])])[1] != 0), "0.9 over two tokens"
    assert not bool(loss.tokens(batch.groups[0], 1, [torch.tensor([-9.0, -2.1])]).any())


def test_two_sided_clip() -> None:
    """Ratio 5 under credit -1 loses 5, at most delta 2; under credit 1 the clip at 1.2 comes first."""
    loss = ClippedSurrogate(by=Raw(), delta=2.0)
    batch = settled([group(*(comp([1], [-2.0]) for _ in range(3)))], loss, terms=TERMS)
    found = [loss.tokens(batch.groups[0], i, [torch.tensor([math.log(5) - 2])]) for i in (0, 1)]
    close(torch.cat(found), [-1.2, 2.0])
    with pytest.raises(RecipeError, match=r"needs delta > 1 \+ high or None; got delta=1.1, high=0.2"):
        ClippedSurrogate(delta=1.1)
