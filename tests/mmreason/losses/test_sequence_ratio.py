"""GSPO and its relatives: one ratio per completion."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmreason.asks import LogProb, Scores
from mmreason.credit.plain import Raw
from mmreason.errors import RecipeError
from mmreason.losses.aggregation import SequenceSums
from mmreason.losses.base import Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.sequence_ratio import SequenceRatio
from mmreason.rewards.base import Term
from mmreason.types import Batch
from tests.mmreason.fakes import D, close, comp, constant, fixed, group, settled

OLD = ([-1.1, -1.0, -1.2], [-1.5, -1.0])
LOGP = ([-1.0, -1.1, -0.9], [-2.0, -0.5])


def scored(loss: SequenceRatio, logp: tuple[list[float], ...] = LOGP) -> tuple[Batch, list[Tensor], Tensor]:
    """The card's two completions with credit 1 and -1: the batch, the leaves and the loss as it is divided."""
    batch = settled([group(*(comp([1] * len(o), o) for o in OLD))], loss, terms=(Term("r", fixed([1, -1])),))
    rows = [torch.tensor(row, dtype=D, requires_grad=True) for row in logp]
    value = loss.read(batch.groups[0], [Scores({LogProb(): rows})]) / loss.count(batch)
    value.backward()  # type: ignore[no-untyped-call]
    return batch, rows, value.detach()


@pytest.mark.parametrize("by_token", [False, True])
def test_gspo_by_hand(by_token: bool) -> None:
    """Ratios 1.10517092 and 1: the first is clipped at 1.0004 and teaches nothing."""
    batch, rows, value = scored(SequenceRatio(by=Raw(), by_token=by_token))
    close(value, -0.0002)
    close(rows[0].grad, [0, 0, 0])
    close(rows[1].grad, [0.25, 0.25])
    _, rows, value = scored(SequenceRatio(by=Raw(), low=0.2, high=0.2, by_token=by_token))
    close(value, -0.05258546)
    close(rows[0].grad, [-0.18419515] * 3)
    replies = [Scores({LogProb(): [torch.tensor(row) for row in LOGP]})]
    seen = SequenceRatio(by=Raw()).observe(batch.groups[0], replies)
    close(seen["ratio"], [3 * math.exp(0.1) + 2, 5])
    close(seen["clip_fraction"], [3, 5])


def test_other_aggregations() -> None:
    """Row losses -1.10517092 and 1 of 3 and 2 tokens: weighed by length (TRL's dapo), or times it (LUSPO)."""
    s = math.exp(0.1)
    _, _, value = scored(SequenceRatio(by=Raw(), low=0.2, high=0.2, over=Tokens()))
    close(value, (-3 * s + 2) / 5)
    _, _, value = scored(SequenceRatio(by=Raw(), low=0.2, high=0.2, over=SequenceSums()))
    close(value, (-3 * s + 2) / 2)


def test_the_product_of_the_ratios_is_rloo_in_trl() -> None:
    """Log-ratios sum to 0.3 and 0: the first ratio 1.34985881 is clipped at 1.2."""
    _, rows, value = scored(SequenceRatio(by=Raw(), low=0.2, high=0.2, total="sum"))
    close(value, (-1.2 + 1) / 2)
    close(rows[1].grad, [0.5, 0.5])
    _, rows, value = scored(SequenceRatio(by=Raw(), low=0.2, high=0.4, total="sum"))
    close(rows[0].grad, [-math.exp(0.3) / 2] * 3)


def test_forced_tokens_and_empty_completions_take_no_part() -> None:
    loss = SequenceRatio(by=Raw(), low=0.2, high=0.2)
    g = group(comp([1, 2, 3], [-1, 0, -1], wrote=[True, False, True]), comp([]), comp([4], [0.0], wrote=[False]))
    batch = settled([g], loss, terms=(Term("r", fixed([1, 1, 1])),))
    row = torch.tensor([-0.9, -50.0, -0.9], dtype=D, requires_grad=True)
    assert loss.used(batch.groups[0]) == [0]
    value = loss.read(batch.groups[0], [Scores({LogProb(): [row]})])
    close(value.detach(), -math.exp(0.1))
    value.backward()  # type: ignore[no-untyped-call]
    close(row.grad, [-math.exp(0.1) / 2, 0, -math.exp(0.1) / 2])


def test_credit_of_single_tokens_reaches_them_only_by_token() -> None:
    """GSPO-token: the ratio is the sequence's, the gradient the token's own."""
    loss = SequenceRatio(by=constant([(1.0, -2.0)]), low=0.2, high=0.2, by_token=True)  # type: ignore[arg-type]
    batch = settled([group(comp([1, 2], [-1, -1]))], loss)
    row = torch.tensor([-0.9, -1.0], dtype=D, requires_grad=True)
    value = loss.read(batch.groups[0], [Scores({LogProb(): [row]})])
    value.backward()  # type: ignore[no-untyped-call]
    s = math.exp(0.05)
    close(value.detach(), (-s + 2 * s) / 2)
    close(row.grad, [-s / 2, s])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-3, 0), min_size=1, max_size=5), st.floats(-2, 2))
def test_without_a_step_in_between_it_has_grpos_gradient(logp: list[float], reward: float) -> None:
    """Ratio 1: mean over the tokens of credit times score, whatever the level."""
    g = group(comp([1] * len(logp), logp))
    grads = []
    for loss in (SequenceRatio(by=Raw()), SequenceRatio(by=Raw(), by_token=True), ClippedSurrogate(by=Raw())):
        batch = settled([g], loss, terms=(Term("r", fixed([reward])),))
        row = torch.tensor(logp, dtype=D, requires_grad=True)
        if loss.used(batch.groups[0]):
            value = loss.tokens(batch.groups[0], 0, [row]).mean()
            value.backward()  # type: ignore[no-untyped-call]
        grads.append(torch.zeros(len(logp), dtype=D) if row.grad is None else row.grad)
    close(grads[0], grads[2], 1e-12)
    close(grads[1], grads[2], 1e-12)


def test_a_ratio_that_would_overflow_is_bounded() -> None:
    loss = SequenceRatio(by=Raw(), total="sum", low=0.2, high=0.2)
    batch = settled([group(comp([1] * 9, [-30.0] * 9))], loss, terms=(Term("r", fixed([-1])),))
    row = torch.zeros(9, requires_grad=True)
    value = loss.tokens(batch.groups[0], 0, [row]).mean()
    value.backward()  # type: ignore[no-untyped-call]
    close(value.detach(), math.exp(20), 1e3)
    assert row.grad is not None
    assert bool(row.grad.isfinite().all())


def test_bounds_are_refused_under_its_own_name() -> None:
    with pytest.raises(RecipeError, match=r"SequenceRatio needs 0 <= low <= 1"):
        SequenceRatio(low=-1e-4)
