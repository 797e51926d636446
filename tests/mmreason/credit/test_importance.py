"""Importance correction between the sampler's engine and the trainer's."""

from __future__ import annotations

import math
from typing import Literal

import pytest
import torch

from mmreason.credit.importance import ImportanceCorrected
from mmreason.credit.plain import Raw
from mmreason.errors import RecipeError
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.rewards.base import Term
from tests.mmreason.fakes import NAN, close, comp, constant, fixed, group, settled

LN = math.log
TRAINER = constant([(LN(4), LN(0.25), 9.0), (LN(2), LN(0.5), 0.0), (LN(1.5), NAN, 0.0)])
"""Over a sampler that says 0: ratios 4 and 1/4 (product 1), 2 and 1/2, 1.5 and one that cannot be told."""


def credit(by: ImportanceCorrected) -> list[list[float]]:
    wrote = [True, True, False]
    g = group(*(comp([1, 2, 3], [0.0, 0.0, 0.0], wrote=wrote) for _ in range(3)))
    batch = settled([g], by, terms=(Term("r", fixed([1, -1, 2])),))
    return [a_T.tolist() for a_T in batch.groups[0][by]]


@pytest.mark.parametrize(
    ("level", "mode", "low", "high", "expected"),
    [
        ("token", "truncate", 0.0, 2.0, [[2, 0.25, 0], [-2, -0.5, 0], [3, 2, 0]]),
        ("token", "truncate", 0.5, 2.0, [[2, 0.5, 0], [-2, -0.5, 0], [3, 2, 0]]),
        ("token", "mask", 0.5, 3.0, [[0, 0, 0], [-2, -0.5, 0], [3, 2, 0]]),
        ("token", "mask", 0.5, None, [[4, 0, 0], [-2, -0.5, 0], [3, 2, 0]]),
        ("sequence", "truncate", 0.0, 1.2, [[1, 1, 0], [-1, -1, 0], [2.4, 2.4, 0]]),
        ("sequence", "mask", 0.0, 1.2, [[1, 1, 0], [-1, -1, 0], [0, 0, 0]]),
    ],
)
def test_by_hand(
    level: Literal["token", "sequence"],
    mode: Literal["truncate", "mask"],
    low: float,
    high: float | None,
    expected: list[list[float]],
) -> None:
    close(credit(ImportanceCorrected(Raw(), level, mode, low, high, trainer=TRAINER)), expected)


def test_masked_completions_cost_no_row() -> None:
    by = ImportanceCorrected(Raw(), high=1.2, trainer=TRAINER)
    loss = ClippedSurrogate(by=by, old=TRAINER)
    g = group(*(comp([1, 2, 3], [0.0, 0.0, 0.0], wrote=[True, True, False]) for _ in range(3)))
    batch = settled([g], loss, terms=(Term("r", fixed([1, -1, 2])),))
    assert loss.used(batch.groups[0]) == [0, 1]


def test_the_clip_starts_from_the_trainers_scores() -> None:
    """Trainer 0.5 above the sampler: the loss is the truncated weight times the surrogate since then."""
    trainer = constant([(-0.5,)])
    by = ImportanceCorrected(Raw(), "token", "truncate", high=1.1, trainer=trainer)
    loss = ClippedSurrogate(by=by, old=trainer)
    batch = settled([group(comp([1], [-1.0]))], loss, terms=(Term("r", fixed([1])),))
    close(loss.tokens(batch.groups[0], 0, [torch.tensor([-0.4])]), [-1.1 * math.exp(0.1)])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"low": 3.0}, "needs 0 <= low < high, or high=None; got low=3.0, high=3.0"),
        ({"low": -1.0}, "needs 0 <= low < high"),
        ({"mode": "truncate", "high": None}, "needs low above 0, or high"),
    ],
)
def test_a_range_that_keeps_nothing_or_everything_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        ImportanceCorrected(Raw(), **fields)  # type: ignore[arg-type]
