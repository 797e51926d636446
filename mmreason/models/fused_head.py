"""Log-probs of given tokens straight from hidden states and the head's weight, without logits in memory.

The forward pass is the Triton kernel of cut-cross-entropy (arXiv:2411.09009), where that package is installed: products
in tiles, the log-sum-exp kept in fp32. The backward pass is the package's own where it can be exact
(``impl="cce_exact"``). The release on the package index, 25.1.1, cannot: it skips small entries and adds gradients up
in the precision of the states, which is known to spoil the head's gradient. There it is computed here, a few thousand
positions at a time, with fp32 softmax.

``torch.nn.functional.linear_cross_entropy`` is not used: without reduction it gives its values in the precision of the
states, and a log-prob of -2 in bf16 is wrong by up to 0.004, which an importance ratio shows.

Both passes are tested on CPU, with the package's plain implementation in place of its kernel. The kernel has a test
that needs a GPU.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

PACKAGE = "cut_cross_entropy"
HALF = (torch.bfloat16, torch.float16)
WINDOW = 1 << 28
"""Elements of the largest [positions, vocabulary] of the backward pass: 1 GiB in fp32."""
FAILURES = (ImportError, AttributeError, RuntimeError, ValueError, TypeError, AssertionError, OSError)
"""What a missing, too old or broken kernel ends in; compilers' own errors are RuntimeErrors."""
logger = logging.getLogger(__name__)

Kernel = Callable[[Tensor, Tensor, Tensor], Tensor]
"""States [N, H], weight [V, H] and ids [N] to log-probs [N], float32."""


def fused_logprobs(hidden: Tensor, weight: Tensor, ids: Tensor, temperature: Tensor | float = 1.0) -> Tensor | None:
    """Log-probs [N] float32 with gradient for states and weight, or None where the plain path must be taken.

    That is: not on CUDA, not in bf16 or fp16 (autocast counts), no package, or a kernel that failed its trial. The
    answer does not depend on whether gradient is needed, so old and new log-probs of a step come from the same kernel.

    Args:
        hidden: [N, H] normed states that predict ``ids``.
        weight: [V, H] of a head that is a plain linear layer without bias and without adapter.
        ids: [N] int64.
        temperature: what divides the logits, one for all or [N]; the states are divided instead, in fp32.
    """
    if hidden.device.type != "cuda" or not len(hidden):
        return None
    dtype = torch.get_autocast_dtype("cuda") if torch.is_autocast_enabled("cuda") else hidden.dtype
    if dtype not in HALF or find_spec(PACKAGE) is None or not works(hidden.device, dtype):
        return None
    return kernel()(cooled(hidden, temperature).to(dtype), weight.to(dtype), ids)


def cooled(hidden: Tensor, temperature: Tensor | float) -> Tensor:
    """States whose logits are those at a temperature."""
    if not isinstance(temperature, Tensor):
        return hidden if temperature == 1 else (hidden.float() / temperature).to(hidden.dtype)
    return (hidden.float() / temperature.to(hidden.device, torch.float32)[:, None]).to(hidden.dtype)


def kernel() -> Kernel:
    """The package's exact form where it has one, else its forward with our backward."""
    return exact if is_exact() else mixed


def is_exact() -> bool:
    """Say whether the installed release can compute gradients without skipping and rounding."""
    return "accum_e_fp32" in inspect.signature(import_module(PACKAGE).linear_cross_entropy).parameters


def exact(hidden: Tensor, weight: Tensor, ids: Tensor) -> Tensor:
    """Forward and backward by the package."""
    loss = import_module(PACKAGE).linear_cross_entropy
    found: Tensor = loss(hidden, weight, ids, reduction="none", impl="cce_exact")
    return -found.float()


def mixed(hidden: Tensor, weight: Tensor, ids: Tensor, impl: str = "cce") -> Tensor:
    """Forward by the package, backward here; ``impl`` is the package's, and ``torch_compile`` runs on CPU."""
    out: Tensor = HeadLogProb.apply(hidden, weight, ids, impl)
    return out


class HeadLogProb(torch.autograd.Function):
    """Log-softmax of the head's logits at given tokens."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, ids: Tensor, impl: str) -> Tensor:
        """[N] float32."""
        ctx.save_for_backward(hidden, weight, ids)
        loss = import_module(PACKAGE).linear_cross_entropy
        found: Tensor = loss(hidden, weight, ids, reduction="none", impl=impl)
        return -found.float()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """With p the softmax, the logits' gradient is (one-hot - p) times what comes in, window by window."""
        hidden, weight, ids = ctx.saved_tensors
        of_states, of_weight = ctx.needs_input_grad[:2]
        step = max(WINDOW // weight.shape[0], 1)
        back_h = torch.empty_like(hidden) if of_states else None
        back_w = torch.zeros_like(weight) if of_weight else None
        for a in range(0, len(hidden), step):
            h, g = hidden[a : a + step], grads[0][a : a + step, None].float()
            slope = logits(h, weight).softmax(-1).mul_(-g)
            slope.scatter_add_(1, ids[a : a + step, None], g)
            low = slope.to(hidden.dtype)
            if back_h is not None:
                back_h[a : a + step] = low @ weight
            if back_w is not None:
                back_w.addmm_(low.T, h)
        return back_h, back_w, None, None


def logits(hidden: Tensor, weight: Tensor) -> Tensor:
    """[n, V] float32, not rounded on the way, as in the forward kernel."""
    if hidden.device.type == "cuda" and hidden.dtype in HALF:
        return torch.mm(hidden, weight.T, out_dtype=torch.float32)
    return hidden.float() @ weight.float().T


@lru_cache(maxsize=8)
def works(device: torch.device, dtype: torch.dtype) -> bool:
    """Try the kernel once per device and precision, forward and backward, against fp32; logs a failure in one line."""
    rng = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, 256, generator=rng).to(device, dtype) for n in (200, 1000))
    weight = weight / 16
    ids = torch.randint(0, 1000, (200,), generator=rng).to(device)
    up = torch.randn(200, generator=rng).to(device)
    try:
        with torch.autocast("cuda", enabled=False):
            apart = distance(kernel(), hidden, weight, ids, up)
    except torch.OutOfMemoryError:  # says nothing about the kernel
        raise
    except FAILURES as error:
        reason = f"{type(error).__name__}: {(str(error).strip() or 'no message').splitlines()[0]}"
    else:
        reason = "" if apart <= 3e-2 else f"{apart:.2g} away from fp32"
    if reason:
        logger.warning("fused head not used: %s: %s", PACKAGE, reason)
    return not reason


def distance(by: Kernel, hidden: Tensor, weight: Tensor, ids: Tensor, up: Tensor) -> float:
    """Largest relative distance of values and both gradients from log-softmax in fp32, for upstream weights [N]."""

    def outcome(call: Kernel, dtype: torch.dtype) -> list[Tensor]:
        with torch.enable_grad():
            h, w = (x.detach().to(dtype).requires_grad_() for x in (hidden, weight))
            out = call(h, w, ids)
            return [out.detach(), *torch.autograd.grad((out * up).sum(), [h, w])]

    def truth(h: Tensor, w: Tensor, i: Tensor) -> Tensor:
        return (h @ w.T).log_softmax(-1).gather(1, i[:, None])[:, 0]

    pairs = zip(outcome(by, hidden.dtype), outcome(truth, torch.float32), strict=True)
    apart = [float((a.float() - b).norm() / b.norm()) for a, b in pairs]
    return max(apart) if all(x == x for x in apart) else float("inf")
