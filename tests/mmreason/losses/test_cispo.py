"""CISPO: weights that are clipped and constant."""

from __future__ import annotations

import math

import pytest
import torch

from mmreason.asks import LogProb, Scores
from mmreason.credit.plain import Raw
from mmreason.errors import RecipeError
from mmreason.losses.cispo import Cispo
from mmreason.rewards.base import Term
from tests.mmreason.fakes import D, close, comp, fixed, group, settled

RATIOS = torch.tensor([2.0, 0.5, 8.0], dtype=D)


@pytest.mark.parametrize(
    ("loss", "value", "slopes"),
    [
        (Cispo(by=Raw()), -3.81230949, [-0.66666667, -0.16666667, -1.66666667]),
        (Cispo(by=Raw(), floor=0.8, cap=1.28), None, [-1.28 / 3, -0.8 / 3, -1.28 / 3]),
        (Cispo(by=Raw(), level="sequence"), None, [-2 / 3] * 3),
    ],
)
def test_by_hand(loss: Cispo, value: float | None, slopes: list[float]) -> None:
    """Ratios 2, 0.5 and 8 (geometric mean 2): weights 2, 0.5 and the cap 5; no token loses its gradient."""
    batch = settled([group(comp([1, 2, 3], [0, 0, 0]))], loss, terms=(Term("r", fixed([1])),))
    row = RATIOS.log().requires_grad_()
    found = loss.read(batch.groups[0], [Scores({LogProb(): [row]})]) / loss.count(batch)
    found.backward()  # type: ignore[no-untyped-call]
    close(row.grad, slopes)
    if value is not None:
        close(found.detach(), value)
        seen = loss.observe(batch.groups[0], [Scores({LogProb(): [row]})])
        close(seen["ratio"], [10.5, 3])
        close(seen["clip_fraction"], [1, 3])


def test_negative_credit_is_weighed_the_same() -> None:
    loss = Cispo(by=Raw())
    batch = settled([group(comp([1], [0]))], loss, terms=(Term("r", fixed([-2])),))
    close(loss.tokens(batch.groups[0], 0, [torch.tensor([math.log(8)])]), [5 * 2 * math.log(8)])


@pytest.mark.parametrize("bad", [{"cap": 0.0}, {"floor": -0.1}, {"floor": 2.0, "cap": 1.0}])
def test_bounds_that_leave_no_weight_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="Cispo needs 0 <= floor <= cap and cap > 0, got"):
        Cispo(**bad)  # type: ignore[arg-type]
