"""How much of the returns a critic foresees."""

from __future__ import annotations

import math

from mmreason.credit.gae import GAE, Returns
from mmreason.metrics.explained_variance import ExplainedVariance
from mmreason.rewards.base import Term
from tests.mmreason.fakes import NAN, close, comp, constant, fixed, group, settled


def explained(values: list[tuple[float, ...]], rewards: list[float]) -> float:
    critic = constant(values)
    metric = ExplainedVariance(critic, Returns(GAE(critic, lam=1.0)))
    g = group(*(comp([1] * len(v)) for v in values))
    return metric(settled([g], metric, terms=(Term("r", fixed(rewards)),)))["explained_variance"]


def test_by_hand() -> None:
    assert explained([(1.0, 1.0), (0.0,)], [1, 0]) == 1.0
    close(explained([(0.3,), (0.3,)], [1, 0]), 0.0)
    close(explained([(0.0,), (1.0,)], [1, 0]), -3.0)
    close(explained([(0.75,), (0.25,), (0.0,)], [1, 0, NAN]), 0.75)


def test_equal_returns_cannot_be_explained() -> None:
    assert math.isnan(explained([(0.5,), (0.5,)], [1, 1]))
    assert math.isnan(explained([(0.5,)], [NAN]))
