"""The arithmetic of losses: tensors in, tensors out. All per token, [T]."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

KLEstimator: TypeAlias = Literal["k1", "k2", "k3", "k1+", "k3+"]

BOUND = 20.0
"""Log-ratios are kept in [-20, 20] before exp (verl, OpenRLHF): beyond, exp overflows and its gradient is NaN."""


def same_shape(**tensors: Tensor) -> None:
    """Refuse tensors of unequal shapes, naming them: broadcasting would hide a wrong alignment."""
    shapes = {name: tuple(t.shape) for name, t in tensors.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"expected equal shapes, got {shapes}")


def clipped_surrogate(
    logp_T: Tensor,
    old_T: Tensor,
    adv_T: Tensor,
    low: float = 0.2,
    high: float = 0.2,
    dual: float | None = None,
    delta: float | None = None,
) -> Tensor:
    """PPO's clipped surrogate (arXiv:1707.06347), with DAPO's wider upper side (arXiv:2503.14476).

    Args:
        logp_T: log-probs under the weights that learn.
        old_T: log-probs under the weights that sampled.
        adv_T: credit of each token.
        low: the ratio is clipped below at ``1 - low``.
        high: and above at ``1 + high``.
        dual: dual clip (arXiv:1912.09729): for negative credit the loss is at most ``-dual * adv``; above 1.
        delta: two-sided clip (arXiv:2505.07291): the ratio that is not clipped is at most this; above ``1 + high``.

    Returns:
        Loss of each token, to be minimised.
    """
    same_shape(logp_T=logp_T, old_T=old_T, adv_T=adv_T)
    return clipped((logp_T - old_T).clamp(-BOUND, BOUND).exp(), adv_T, low, high, dual, delta)


def clipped(
    ratio_T: Tensor, adv_T: Tensor, low: float, high: float, dual: float | None = None, delta: float | None = None
) -> Tensor:
    """Clip importance ratios, however they were made; see ``clipped_surrogate``."""
    same_shape(ratio_T=ratio_T, adv_T=adv_T)
    free_T = ratio_T if delta is None else ratio_T.clamp(max=delta)
    loss_T = -torch.minimum(free_T * adv_T, ratio_T.clamp(1 - low, 1 + high) * adv_T)
    if dual is not None:
        loss_T = torch.where(adv_T < 0, torch.minimum(loss_T, -dual * adv_T), loss_T)
    return loss_T


def sequence_log_ratio(log_ratio_T: Tensor, wrote_T: Tensor, total: Literal["mean", "sum"] = "mean") -> Tensor:
    """Log of a sequence's importance ratio, at each of its tokens.

    Args:
        log_ratio_T: log-ratio of each token.
        wrote_T: bool, which tokens the policy wrote; the others take no part.
        total: mean over tokens (GSPO, arXiv:2507.18071), or sum (the true ratio, as in RLOO, arXiv:2402.14740).

    Returns:
        [T] the same number everywhere; 0 where nothing was written.
    """
    sum_ = (log_ratio_T * wrote_T).sum()
    return (sum_ / wrote_T.sum().clamp(min=1) if total == "mean" else sum_).expand_as(log_ratio_T)


def cispo(logp_T: Tensor, ratio_T: Tensor, adv_T: Tensor, cap: float = 5.0, floor: float = 0.0) -> Tensor:
    """CISPO (arXiv:2506.13585): the clipped ratio is a constant weight of the log-prob's gradient."""
    same_shape(logp_T=logp_T, ratio_T=ratio_T, adv_T=adv_T)
    return -ratio_T.detach().clamp(floor, cap) * adv_T * logp_T


def kl(logp_T: Tensor, ref_T: Tensor, estimator: KLEstimator = "k3", clamp: float | None = None) -> Tensor:
    """Estimate KL(policy || reference) from the sampled tokens (J. Schulman, "Approximating KL divergence", 2020).

    With d = ref - logp: k1 = -d (unbiased, may be negative), k2 = d^2 / 2, k3 = exp(d) - d - 1 (unbiased, never
    negative). As a *loss*, k1's gradient has expectation 0: use it in the reward (see the ``kl`` notes in the docs).
    k2's gradient is that of KL(policy || reference), k3's that of KL(reference || policy). ``k1+`` and ``k3+`` have the
    value of k1 and k3 and the gradient of k2 (straight-through, as in verl).

    Args:
        logp_T: log-probs under the policy.
        ref_T: log-probs under the reference.
        estimator: which of them.
        clamp: bound of the estimate on both sides (10 in verl), None for no bound; where it acts, no gradient is left.
    """
    same_shape(logp_T=logp_T, ref_T=ref_T)
    d_T = ref_T - logp_T
    if estimator == "k1":
        out_T = -d_T
    elif estimator == "k2":
        out_T = d_T.square() / 2
    elif estimator == "k3":
        d_T = d_T.clamp(-BOUND, BOUND)
        out_T = d_T.exp() - d_T - 1
    elif estimator in ("k1+", "k3+"):
        slope_T = kl(logp_T, ref_T, "k2", clamp)
        value_T = kl(logp_T.detach(), ref_T, "k1" if estimator == "k1+" else "k3", clamp)
        return slope_T - slope_T.detach() + value_T
    else:
        raise ValueError(f"expected estimator k1, k2 or k3, got {estimator!r}")
    return out_T if clamp is None else out_T.clamp(-clamp, clamp)
