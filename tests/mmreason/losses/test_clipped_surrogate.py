"""The clipped surrogate on groups: which log-probs, which rows, what is logged, what is refused."""

from __future__ import annotations

import math

import pytest
import torch

from mmreason.asks import LogProb, Scores
from mmreason.credit.plain import Raw
from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.rewards.base import Term
from tests.mmreason.fakes import D, close, comp, constant, fixed, group, settled

LOSS = ClippedSurrogate(by=Raw(), low=0.2, high=0.28, dual=3.0)
TERMS = (Term("r", fixed([1, -1, 0])),)


def test_by_hand() -> None:
    """Ratios 1.5 and 0.5 under credit 1, then 5 and 0.5 under credit -1: losses -1.28, -0.5, 3 and 0.8."""
    g = group(comp([1, 2], [-1, -1]), comp([3, 4], [-2, -2]), comp([5]))
    batch = settled([g], LOSS, terms=TERMS)
    assert LOSS.used(g) == [0, 1]
    (request,) = LOSS.ask(g)
    assert [row.pieces[0].tolist() for row in request.rows] == [[1, 2], [3, 4]]
    ratios = torch.tensor([[1.5, 0.5], [5.0, 0.5]], dtype=D)
    replies = [Scores({LogProb(): list(ratios.log() + torch.tensor([[-1.0], [-2.0]], dtype=D))})]
    close(LOSS.read(batch.groups[0], replies), -1.28 - 0.5 + 3 + 0.8)
    assert LOSS.count(batch) == 5
    seen = LOSS.observe(batch.groups[0], replies)
    close(seen["ratio"], [7.5, 4])
    close(seen["clip_fraction"], [4, 4])


def test_old_log_probs_may_be_scored_again() -> None:
    loss = ClippedSurrogate(by=Raw(), old=constant([(-3.0,)]))
    batch = settled([group(comp([1], [-1]))], loss, terms=(Term("r", fixed([1])),))
    close(loss.tokens(batch.groups[0], 0, [torch.tensor([-3.1])]), [-math.exp(-0.1)])


def test_forced_tokens_are_not_counted_as_clipped() -> None:
    batch = settled([group(comp([9, 1], [0, -1], wrote=[False, True]))], LOSS, terms=(Term("r", fixed([1])),))
    seen = LOSS.observe(batch.groups[0], [Scores({LogProb(): [torch.tensor([-9.0, -1.0])]})])
    assert seen == {"ratio": (1.0, 1), "clip_fraction": (0.0, 1)}


@pytest.mark.parametrize("bad", [{"low": -0.1}, {"low": 1.5}, {"high": -0.1}, {"dual": 1.0}])
def test_bounds_that_clip_nothing_sensible_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match=r"ClippedSurrogate needs 0 <= low <= 1, high >= 0 and dual > 1"):
        ClippedSurrogate(**bad)  # type: ignore[arg-type]
