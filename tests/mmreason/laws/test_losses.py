"""Laws of losses: a scalar with a finite gradient, the same in any order, and nothing for what earned nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY, REFERENCE
from mmreason.losses.aggregation import SequenceSums
from mmreason.losses.base import Constant, CreditLoss, Loss, Over, TokenLoss
from mmreason.rewards.base import Term
from mmreason.train.update import learn
from mmreason.types import Group
from tests.mmreason.fakes import NAN, Fixed, close, comp, run_of, settled
from tests.mmreason.laws.members import members, named
from tests.mmreason.laws.test_credit import ROWS
from tests.mmreason.laws.world import ORDER, completions, groups, permuted
from tests.mmreason.tiny_lm import TinyLM

LOSSES: list[Loss] = members("losses", Loss)  # type: ignore[type-abstract]
OVERS: list[Over] = members("losses", Over)  # type: ignore[type-abstract]


def learned(
    loss: Loss, some: Sequence[Group], rows: Sequence[Sequence[float]], policy: TinyLM | None = None
) -> tuple[dict[str, float], Any]:
    policy = policy or TinyLM(lr=0.0)
    run = run_of({POLICY: policy, REFERENCE: TinyLM(1)})
    values = Fixed(tuple((g.task.id, tuple(map(float, row))) for g, row in zip(some, rows, strict=True)))
    batch = settled(some, loss, terms=(Term("r", values),), models=run.models)
    return learn(policy, run.answer, batch, (loss,)), policy.grads


@pytest.mark.parametrize("loss", LOSSES, ids=named)
def test_value_and_gradient_are_finite_and_there(loss: Loss) -> None:
    logged, grads = learned(loss, groups(), ROWS)
    assert all(x == x and abs(x) < 1e9 for x in logged.values())
    assert bool(grads.isfinite().all())
    assert float(grads.norm()) > 0


@pytest.mark.parametrize("loss", LOSSES, ids=named)
def test_the_order_of_groups_and_completions_does_not_matter(loss: Loss) -> None:
    logged, grads = learned(loss, groups(), ROWS)
    crossed = [permuted(g, ORDER) for g in groups()][::-1]
    again, other = learned(loss, crossed, [[row[i] for i in ORDER] for row in ROWS][::-1])
    close(list(again.values()), list(logged.values()), 1e-9)
    close(other, grads.tolist(), 1e-9)


@pytest.mark.parametrize("loss", LOSSES, ids=named)
def test_the_cut_into_forwards_does_not_matter(loss: Loss) -> None:
    logged, grads = learned(loss, groups(), ROWS)
    small = TinyLM(lr=0.0, budget=7)
    again, other = learned(loss, groups(), ROWS, small)
    assert small.calls > 2
    close(list(again.values()), list(logged.values()), 1e-9)
    close(other, grads.tolist(), 1e-9)


@pytest.mark.parametrize("loss", [x for x in LOSSES if isinstance(x, CreditLoss)], ids=named)
def test_what_earned_nothing_costs_no_row_and_moves_nothing(loss: CreditLoss) -> None:
    for value in (NAN, 0.0):
        policy = TinyLM(lr=0.0)
        logged, grads = learned(loss, groups(), [[value] * 8] * 4, policy)
        assert policy.rows == 0
        assert logged["loss"] == 0.0
        assert not grads.any()


@pytest.mark.parametrize("loss", [x for x in LOSSES if isinstance(x, TokenLoss)], ids=named)
def test_the_divisor_counts_completions_that_need_no_row(loss: TokenLoss) -> None:
    batch = settled(groups())
    assert loss.count(batch) == loss.over.count(batch) > 0


@pytest.mark.parametrize("loss", LOSSES, ids=named)
def test_no_groups_are_a_step_of_nothing(loss: Loss) -> None:
    logged, grads = learned(loss, [], [])
    assert logged["loss"] == 0.0
    assert not grads.any()


@pytest.mark.parametrize("over", [x for x in OVERS if not isinstance(x, SequenceSums)], ids=named)
def test_one_completion_of_equal_losses_has_that_loss_as_its_mean_at_full_length(over: Over) -> None:
    """Every mean agrees on a completion of the longest length whose tokens all lose the same."""
    c = comp([1] * (over.length if isinstance(over, Constant) else 7))
    assert over.factor(c) * len(c.tokens) * 0.25 / over.share(c) == pytest.approx(0.25)


@pytest.mark.parametrize("over", OVERS, ids=named)
def test_shares_and_factors_are_finite_for_every_completion(over: Over) -> None:
    for c in completions(0):
        assert over.share(c) >= 0
        assert torch.tensor(over.factor(c)).isfinite()
