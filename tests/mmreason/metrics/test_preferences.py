"""Agreement of the implicit reward with given preferences."""

from __future__ import annotations

from mmreason.losses.dpo import DPO
from mmreason.losses.simpo import SimPO
from mmreason.metrics.preferences import PreferenceAccuracy
from tests.mmreason.fakes import close, comp, constant, group, settled


def test_by_hand() -> None:
    """The reference prefers the second pair's chosen one more than the policy does."""
    policy = constant([(-1.0, -1.0), (-3.0,)], [(-1.0,), (-2.0,)])
    reference = constant([(-1.0, -1.5), (-3.0,)], [(-1.0,), (-3.0,)])
    metric = PreferenceAccuracy(DPO(beta=2.0, reference=reference), policy)
    sizes = ((2, 1), (1, 1))
    groups = [
        group(comp([1] * a, arm="chosen"), comp([1] * b, arm="rejected"), id=f"q{i}") for i, (a, b) in enumerate(sizes)
    ]
    found = metric(settled(groups, metric))
    close([found["preference_accuracy"], found["preference_margin"], found["likelihood_accuracy"]], [0.5, -0.5, 1.0])
    alone = PreferenceAccuracy(SimPO(beta=2.0), policy)
    found = alone(settled(groups, alone))
    close([found["preference_accuracy"], found["preference_margin"]], [1.0, 3.0])
