"""Layers' arithmetic with hand-written gradients: fewer passes over memory than the same formulas op by op."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def rms_norm(module: nn.Module, x: Tensor) -> Tensor:
    """Root-mean-square norm (arXiv:1910.07467) of [..., H] with the weight and epsilon of a transformers module.

    A module whose weight is not here (a partition of ZeRO-3), or that is kept in another precision, is simply called.
    """
    weight = module.weight
    if not isinstance(weight, Tensor) or weight.shape != x.shape[-1:] or x.dtype != weight.dtype or bias(module):
        return module(x)  # type: ignore[no-any-return]
    eps = float(module.variance_epsilon)  # type: ignore[arg-type]
    if x.is_cuda or x.dtype not in (torch.float32, torch.float64):
        return F.rms_norm(x, x.shape[-1:], weight, eps)
    return RMSNorm.apply(x, weight, eps)  # type: ignore[no-any-return]


def bias(module: nn.Module) -> bool:
    """Say whether it is a norm of another kind: a layer norm with a bias."""
    return getattr(module, "bias", None) is not None or not hasattr(module, "variance_epsilon")


class RMSNorm(torch.autograd.Function):
    """y = x / sqrt(mean(x^2) + eps) * w."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        """Keep the normalised rows and their scale."""
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        normed = x * scale
        ctx.save_for_backward(normed, scale, weight)
        out: Tensor = normed * weight
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """The part of the gradient along the row itself falls away."""
        (grad,) = grads
        normed, scale, weight = ctx.saved_tensors
        wide = (-1, normed.shape[-1])
        of_weight = torch.mul(grad, normed).view(wide).sum(0) if ctx.needs_input_grad[1] else None
        grad = grad * weight
        along = torch.linalg.vecdot(grad, normed)[..., None].div_(normed.shape[-1])
        return grad.addcmul_(normed, along, value=-1).mul_(scale), of_weight, None


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding (arXiv:2104.09864), halves convention; x [T, heads, D], cos and sin [T, D / 2] float32."""
    return Rotate.apply(x, cos[:, None].to(x.dtype), sin[:, None].to(x.dtype))  # type: ignore[no-any-return]


class Rotate(torch.autograd.Function):
    """A rotation of pairs; its gradient is the rotation back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Nothing of x is kept."""
        ctx.save_for_backward(cos, sin)
        return rotated(x, cos, sin)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """By the opposite angle."""
        cos, sin = ctx.saved_tensors
        return rotated(grads[0], cos, -sin), None, None


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """[T, heads, D] with pair (i, i + D / 2) turned by its angle."""
    a, b = x.chunk(2, -1)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    c, d = out.chunk(2, -1)
    torch.mul(a, cos, out=c).addcmul_(b, sin, value=-1)
    torch.mul(b, cos, out=d).addcmul_(a, sin)
    return out


class SwiGLU(torch.autograd.Function):
    """silu(gate) * up (arXiv:2002.05202); its backward pass reuses the buffers that it was given, so it runs once."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        """Keep the activation too."""
        active = F.silu(gate)
        ctx.save_for_backward(gate, up, active)
        return active * up

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        """silu'(x) = sigmoid(x) (1 + x (1 - sigmoid(x))). A second pass over the same graph is an error."""
        gate, up, active = ctx.saved_tensors
        of_active = grads[0] * up
        of_gate = torch.ops.aten.silu_backward.grad_input(of_active, gate, grad_input=of_active)
        return of_gate, active.mul_(grads[0])
