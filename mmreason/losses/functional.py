"""The arithmetic of losses: tensors in, tensors out. All per token, [T]."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

KLEstimator: TypeAlias = Literal["k1", "k2", "k3"]


def same_shape(**tensors: Tensor) -> None:
    """Refuse tensors of unequal shapes, naming them: broadcasting would hide a wrong alignment."""
    shapes = {name: tuple(t.shape) for name, t in tensors.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"expected equal shapes, got {shapes}")


def clipped_surrogate(
    logp_T: Tensor, old_T: Tensor, adv_T: Tensor, low: float = 0.2, high: float = 0.2, dual: float | None = None
) -> Tensor:
    """PPO's clipped surrogate (arXiv:1707.06347), with DAPO's wider upper side (arXiv:2503.14476).

    Args:
        logp_T: log-probs under the weights that learn.
        old_T: log-probs under the weights that sampled.
        adv_T: credit of each token.
        low: the ratio is clipped below at ``1 - low``.
        high: and above at ``1 + high``.
        dual: dual clip (arXiv:1912.09729): for negative credit the loss is at most ``-dual * adv``; above 1.

    Returns:
        Loss of each token, to be minimised.
    """
    same_shape(logp_T=logp_T, old_T=old_T, adv_T=adv_T)
    ratio_T = (logp_T - old_T).exp()
    loss_T = -torch.minimum(ratio_T * adv_T, ratio_T.clamp(1 - low, 1 + high) * adv_T)
    if dual is not None:
        loss_T = torch.where(adv_T < 0, torch.minimum(loss_T, -dual * adv_T), loss_T)
    return loss_T


def kl(logp_T: Tensor, ref_T: Tensor, estimator: KLEstimator = "k3", clamp: float | None = None) -> Tensor:
    """Estimate KL(policy || reference) from the sampled tokens (J. Schulman, "Approximating KL divergence", 2020).

    With d = ref - logp: k1 = -d (unbiased, may be negative), k2 = d^2 / 2, k3 = exp(d) - d - 1 (unbiased, never
    negative). As a *loss*, k1's gradient has expectation 0: use it in the reward (see the ``kl`` notes in the docs).

    Args:
        logp_T: log-probs under the policy.
        ref_T: log-probs under the reference.
        estimator: which of the three.
        clamp: bound of the estimate on both sides (10 in verl), None for no bound.
    """
    same_shape(logp_T=logp_T, ref_T=ref_T)
    d_T = ref_T - logp_T
    if estimator == "k1":
        out_T = -d_T
    elif estimator == "k2":
        out_T = d_T.square() / 2
    elif estimator == "k3":
        out_T = d_T.exp() - d_T - 1
    else:
        raise ValueError(f"expected estimator k1, k2 or k3, got {estimator!r}")
    return out_T if clamp is None else out_T.clamp(-clamp, clamp)
