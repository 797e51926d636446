"""From token losses to one scalar, and Dr. GRPO's step worked out by hand."""

from __future__ import annotations

import pytest
import torch

from mmreason.asks import LogProb, Scores
from mmreason.credit.group_norm import GroupNorm
from mmreason.errors import RecipeError
from mmreason.losses.aggregation import MicroBatches, MicroBatchTokens, Prompts, PromptTokens, SequenceSums
from mmreason.losses.base import Constant, Over, Sequences, TokenLoss, Tokens
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.rewards.base import Term
from mmreason.types import Batch
from tests.mmreason.fakes import D, close, comp, fixed, group, settled


def value(loss: TokenLoss, batch: Batch, rows: list[torch.Tensor]) -> torch.Tensor:
    """The loss over one group, divided as the update divides it."""
    return loss.read(batch.groups[0], [Scores({LogProb(): rows})]) / loss.count(batch)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (Sequences(), 5.833333),
        (Sequences(empty=False), 8.75),
        (Tokens(), 6.666667),
        (Constant(8), 1.666667),
        (Constant(8, per_completion=False), 5.0),
        (SequenceSums(empty=False), 20.0),
        (SequenceSums(), 40 / 3),
        (Prompts(), 6.666667),
        (MicroBatches(), 5.833333),
        (MicroBatches(MicroBatchTokens(2)), 40 / 6 / 2),
        (MicroBatches(MicroBatchTokens(3)), 6.666667),
    ],
)
def test_three_rows_of_which_one_is_masked(over: Over, expected: float) -> None:
    """Losses 1..4, 10 and 20, and a row without a token of the policy's own: means 2.5, 15 and 0 (TRL's count of 3)."""
    batch = settled([group(comp([1] * 4), comp([1, 1]), comp([1] * 3, wrote=[False] * 3))], over)
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


FILTERS: dict[Over, float] = {
    Tokens(truncated=False): 10 / 4,
    Sequences(truncated=False): 2.5 / 3,
    Sequences(truncated=False, empty=False): 2.5,
    Constant(8, truncated=False): 10 / 24,
    SequenceSums(truncated=False, empty=False): 10.0,
    Prompts(PromptTokens(False), truncated=False): 2.5,
    MicroBatches(MicroBatchTokens(3, False), truncated=False): 2.5,
}


@pytest.mark.parametrize("over", FILTERS)
def test_overlong_filtering_takes_out_loss_tokens_and_rows(over: Over) -> None:
    """The second completion was cut by the limit, the third is empty: only losses 1..4 of the first are left."""
    g = group(comp([1] * 4), comp([1, 1], finish="length"), comp([1] * 3, wrote=[False] * 3))
    loss = CrossEntropy(over=over)
    batch = settled([g], loss)
    assert loss.used(batch.groups[0]) == [0, 2]
    rows = [-torch.tensor(row, dtype=D) for row in ([1, 2, 3, 4], [7, 7, 7])]
    close(value(loss, batch, rows), FILTERS[over])


def test_every_prompt_counts_the_same_also_when_its_group_is_cut() -> None:
    """Prompt means 2 over four tokens and 5 over one: 3.5; in parts of one completion the same."""
    loss = CrossEntropy(over=Prompts())
    groups = [group(comp([1] * 3), comp([1])), group(comp([1]), id="q1")]
    batch = settled(groups, loss)
    rows = [-torch.tensor(row, dtype=D) for row in ([1, 1, 1], [5], [5])]
    total = value(loss, batch, rows[:2]) + loss.read(batch.groups[1], [Scores({LogProb(): rows[2:]})]) / 2
    close(total, 3.5)
    parts = [batch.groups[0].only([i]) for i in (0, 1)]
    close(sum(loss.read(g, [Scores({LogProb(): [row]})]) for g, row in zip(parts, rows, strict=False)) / 2, 1.0)


def test_micro_batches_go_on_over_groups() -> None:
    """Three and three completions in micro-batches of two: the second has one of each group."""
    over = MicroBatches(MicroBatchTokens(2))
    groups = [group(*(comp([1] * n) for n in ns), id=f"q{k}") for k, ns in enumerate([(1, 2, 3), (4, 5, 6)])]
    batch = settled(groups, over)
    close(torch.cat([g[over.tokens] for g in batch.groups]), [3, 3, 7, 7, 11, 11])
    assert over.count(batch) == 3.0


def test_counting_what_the_loss_leaves_out_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"needs tokens=PromptTokens\(truncated=False\)"):
        Prompts(truncated=False)
    with pytest.raises(RecipeError, match=r"needs tokens=MicroBatchTokens\(truncated=False\)"):
        MicroBatches(truncated=False)
    with pytest.raises(RecipeError, match="MicroBatchTokens needs rows >= 1, got 0"):
        MicroBatchTokens(0)
