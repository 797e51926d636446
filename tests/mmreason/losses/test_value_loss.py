"""The critic's loss: by hand, what is asked of whom, what is left out."""

from __future__ import annotations

import pytest
import torch

from mmreason.asks import POLICY, Scores
from mmreason.credit.gae import GAE, Returns
from mmreason.errors import RecipeError
from mmreason.losses.value_loss import ValueLoss, clipped_value_loss
from mmreason.probes.values import CRITIC, StateValue
from mmreason.rewards.base import Term
from tests.mmreason.fakes import NAN, D, close, comp, constant, fixed, group, settled


def test_by_hand() -> None:
    """Returns 1, old values 0: 0.4 is inside the clip; 0.9 counts as 0.5; -0.9 loses more than its clipped -0.5."""
    value = torch.tensor([0.4, 0.9, -0.9], dtype=D, requires_grad=True)
    loss = clipped_value_loss(value, torch.zeros(3, dtype=D), torch.ones(3, dtype=D), 0.5)
    close(loss.detach(), [0.18, 0.125, 1.805])
    loss.sum().backward()
    close(value.grad, [-0.6, 0.0, -1.9])  # V - R; no gradient where the clipped one is larger
    close(
        clipped_value_loss(value.detach(), torch.zeros(3, dtype=D), torch.ones(3, dtype=D), None), [0.18, 0.005, 1.805]
    )
    with pytest.raises(ValueError, match="expected equal shapes"):
        clipped_value_loss(torch.zeros(2), torch.zeros(3), torch.zeros(3))


def test_rows_are_asked_of_the_model_that_is_read_and_unmeasured_ones_are_not() -> None:
    returns = Returns(GAE(constant([(0.0, 0.0), (0.0,), (0.0,)]), lam=1.0))
    loss = ValueLoss(returns=returns)
    g = group(comp([1, 2]), comp([3]), comp([4], wrote=[False]))
    batch = settled([g], returns, terms=(Term("r", fixed([1, NAN, 1])),))
    g = batch.groups[0]
    g.signals[loss.critic] = [torch.zeros(2), torch.zeros(1), torch.zeros(1)]
    (request,) = loss.ask(g)
    assert (request.to, loss.trains) == (POLICY, CRITIC)
    assert request.want == (StateValue(CRITIC, detach=True),)
    assert [row.pieces[0].tolist() for row in request.rows] == [[1, 2]]
    found = Scores({request.want[0]: [torch.tensor([0.5, 1.0], dtype=D)]})
    close(loss.read(g, [found]), 0.5 * (0.25 + 0.25))  # the second moved too far: its clipped error of 0.5 counts
    assert loss.count(batch) == 3
    seen = loss.observe(g, [found])
    close([seen[name][0] for name in ("value", "return", "error", "clip_fraction")], [1.5, 2.0, 0.25, 1.0])
    assert ValueLoss(trunk=True).quantity == StateValue(CRITIC, detach=False)


@pytest.mark.parametrize("clip", [0.0, -1.0, NAN])
def test_a_clip_that_lets_nothing_move_is_refused(clip: float) -> None:
    with pytest.raises(RecipeError, match="clip must be above 0, or None"):
        ValueLoss(clip=clip)
