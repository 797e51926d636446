"""From token losses to one scalar, and Dr. GRPO's step worked out by hand."""

from __future__ import annotations

import pytest
import torch

from mmreason.asks import LogProb, Scores
from mmreason.credit.group_norm import GroupNorm
from mmreason.losses.base import Constant, Over, Sequences, TokenLoss, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.rewards.base import Term
from mmreason.types import Batch
from tests.mmreason.fakes import D, close, comp, fixed, group, settled


def value(loss: TokenLoss, batch: Batch, rows: list[torch.Tensor]) -> torch.Tensor:
    """The loss over one group, divided as the update divides it."""
    return loss.read(batch.groups[0], [Scores({LogProb(): rows})]) / loss.count(batch)


@pytest.mark.parametrize(("over", "expected"), [(Sequences(), 5.833333), (Tokens(), 6.666667), (Constant(8), 1.666667)])
def test_three_rows_of_which_one_is_masked(over: Over, expected: float) -> None:
    """Losses 1..4, 10 and 20, and a row without a token of the policy's own: means 2.5, 15 and 0 (TRL's count of 3)."""
    batch = Batch((group(comp([1] * 4), comp([1, 1]), comp([1] * 3, wrote=[False] * 3)),))
    rows = [-torch.tensor(row, dtype=D) for row in ([1, 2, 3, 4], [10, 20], [7, 7, 7])]
    close(value(CrossEntropy(over=over), batch, rows), expected)


@pytest.mark.parametrize("over", [Sequences(), Tokens(), Constant(8)])
def test_completions_without_tokens_add_nothing_and_cost_no_row(over: Over) -> None:
    batch = Batch((group(comp([]), comp([1, 1])),))
    loss = CrossEntropy(over=over)
    (request,) = loss.ask(batch.groups[0])
    assert len(request.rows) == 1
    shares = {Sequences(): 2.0, Tokens(): 2.0, Constant(8): 16.0}
    sums = {Sequences(): 1.5, Tokens(): 3.0, Constant(8): 3.0}
    close(value(loss, batch, [-torch.tensor([1.0, 2.0])]), sums[over] / shares[over])
    assert loss.ask(group(comp([]))) == []


@pytest.mark.parametrize(
    ("over", "expected", "slopes"),
    [
        (Constant(5), 0.025, [-0.0375, 0.0125, 0.0125, 0.0125]),
        (Sequences(), 0.0, [-0.09375, 0.015625, 0.0625, 0.02083333]),
    ],
)
def test_dr_grpo_gives_every_token_the_same_slope(over: Over, expected: float, slopes: list[float]) -> None:
    """Dr. GRPO, arXiv:2503.20783: rewards 1,0,0,0 and lengths 2,4,1,3; GRPO's mean per sequence favours short ones."""
    lengths = (2, 4, 1, 3)
    loss = ClippedSurrogate(by=GroupNorm(scale=False), over=over)
    g = group(*(comp([1] * n, [-1.0] * n) for n in lengths))
    batch = settled([g], loss, terms=(Term("r", fixed([1, 0, 0, 0])),))
    rows = [torch.full((n,), -1.0, dtype=D, requires_grad=True) for n in lengths]
    found = value(loss, batch, rows)
    found.backward()  # type: ignore[no-untyped-call]
    close(found.detach(), expected)
    for row, slope in zip(rows, slopes, strict=True):
        close(row.grad, [slope] * len(row))


def test_what_the_policy_did_not_write_has_no_gradient() -> None:
    batch = Batch((group(comp([1, 2, 3], wrote=[True, False, True])),))
    row = torch.zeros(3, dtype=D, requires_grad=True)
    value(CrossEntropy(), batch, [row]).backward()  # type: ignore[no-untyped-call]
    close(row.grad, [-0.5, 0, -0.5])
