"""The arithmetic of losses."""

from __future__ import annotations

import math

import pytest
import torch

from mmreason.losses.functional import KLEstimator, clipped_surrogate, kl
from tests.mmreason.fakes import close

LOGP, REF = torch.tensor([-1.0, -0.5, -2.0]).double(), torch.tensor([-1.2, -0.5, -1.0]).double()


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [("k1", [0.2, 0, -1.0]), ("k2", [0.02, 0, 0.5]), ("k3", [0.01873075, 0, 0.71828183])],
)
def test_kl_estimators(estimator: KLEstimator, expected: list[float]) -> None:
    close(kl(LOGP, REF, estimator), expected)


@pytest.mark.parametrize(
    ("estimator", "expected"), [("k1", [0.2, 0, -0.3]), ("k2", [0.02, 0, 0.3]), ("k3", [0.01873075, 0, 0.3])]
)
def test_a_clamp_bounds_both_sides(estimator: KLEstimator, expected: list[float]) -> None:
    close(kl(LOGP, REF, estimator, clamp=0.3), expected)


@pytest.mark.parametrize(
    ("estimator", "value", "clamp"), [("k1+", "k1", None), ("k3+", "k3", None), ("k3+", "k3", 0.3)]
)
def test_straight_through_estimators_have_one_value_and_k2s_gradient(
    estimator: KLEstimator, value: KLEstimator, clamp: float | None
) -> None:
    logp = LOGP.clone().requires_grad_()
    found = kl(logp, REF, estimator, clamp)
    close(found.detach(), kl(LOGP, REF, value, clamp).tolist())
    (slope,) = torch.autograd.grad(found.sum(), logp)
    (expected,) = torch.autograd.grad(kl(logp, REF, "k2", clamp).sum(), logp)
    close(slope, expected.tolist())


def test_k3_of_a_token_that_the_policy_has_dropped_is_finite() -> None:
    logp = torch.tensor([-200.0], requires_grad=True)
    found = kl(logp, torch.tensor([-1.0]), "k3", clamp=10.0)
    (slope,) = torch.autograd.grad(found.sum(), logp)
    assert found.tolist() == [10.0]
    assert slope.tolist() == [0.0]


@pytest.mark.parametrize(("estimator", "factor"), [("k1", 0.0), ("k2", 1.0)])
def test_expected_gradient_of_an_estimator_as_a_loss(estimator: KLEstimator, factor: float) -> None:
    """Over all tokens of a small vocabulary: k1 teaches nothing, k2 gives the gradient of KL(policy || reference)."""
    z = torch.tensor([0.3, -0.8, 1.1], dtype=torch.float64, requires_grad=True)
    ref = torch.tensor([0.5, 0.2, -0.4], dtype=torch.float64).log_softmax(0)
    true = (z.log_softmax(0).exp() * (z.log_softmax(0) - ref)).sum()
    (expected,) = torch.autograd.grad(true, z)
    logp = z.log_softmax(0)
    (found,) = torch.autograd.grad((logp.detach().exp() * kl(logp, ref, estimator)).sum(), z)
    close(found, (factor * expected).tolist(), 1e-12)


def test_k3_as_a_loss_gives_the_gradient_of_the_forward_kl() -> None:
    z = torch.tensor([0.3, -0.8, 1.1], dtype=torch.float64, requires_grad=True)
    ref = torch.tensor([0.5, 0.2, -0.4], dtype=torch.float64).log_softmax(0)
    (expected,) = torch.autograd.grad((ref.exp() * (ref - z.log_softmax(0))).sum(), z)
    logp = z.log_softmax(0)
    (found,) = torch.autograd.grad((logp.detach().exp() * kl(logp, ref, "k3")).sum(), z)
    close(found, expected.tolist(), 1e-12)


def test_an_unknown_estimator_is_refused() -> None:
    with pytest.raises(ValueError, match="expected estimator k1, k2 or k3, got 'k4'"):
        kl(LOGP, REF, "k4")  # type: ignore[arg-type]


RATIOS = torch.tensor([1.5, 1.25, 0.5, 5.0]).double().log()


@pytest.mark.parametrize(
    ("credit", "dual", "expected"),
    [
        (1.0, None, [-1.28, -1.25, -0.5, -1.28]),
        (-1.0, None, [1.5, 1.25, 0.8, 5.0]),
        (-1.0, 3.0, [1.5, 1.25, 0.8, 3.0]),
        (1.0, 3.0, [-1.28, -1.25, -0.5, -1.28]),
        (0.0, 3.0, [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_clip_higher_and_dual_clip(credit: float, dual: float | None, expected: list[float]) -> None:
    """DAPO's range [0.8, 1.28] (arXiv:2503.14476); the dual clip bounds the loss of negative credit."""
    found = clipped_surrogate(RATIOS, torch.zeros(4).double(), torch.full((4,), credit).double(), 0.2, 0.28, dual)
    close(found, expected)


@pytest.mark.parametrize(
    ("log_ratio", "credit", "slope"),
    [
        (0.0, 2.0, -2.0),
        (0.0, -2.0, 2.0),
        (0.5, 1.0, 0.0),
        (0.5, -1.0, math.exp(0.5)),
        (-0.5, 1.0, -math.exp(-0.5)),
        (-0.5, -1.0, 0.0),
    ],
)
def test_gradient_vanishes_only_where_leaving_the_range_would_gain(
    log_ratio: float, credit: float, slope: float
) -> None:
    logp = torch.tensor([log_ratio], dtype=torch.float64, requires_grad=True)
    loss = clipped_surrogate(logp, torch.zeros(1).double(), torch.tensor([credit]).double())
    (found,) = torch.autograd.grad(loss.sum(), logp)
    close(found, [slope], 1e-12)


def test_tensors_of_unequal_lengths_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"expected equal shapes, got .*logp_T.*\(3,\).*adv_T.*\(1,\)"):
        clipped_surrogate(LOGP, REF, torch.ones(1))
    with pytest.raises(ValueError, match="expected equal shapes"):
        kl(LOGP, REF[:2])
