"""Which attention a packed row runs through: SDPA everywhere, variable-length flash or FlexAttention on CUDA.

Order on CUDA, until it is measured there:

1. ``varlen`` in bf16 or fp16. It needs no compilation, its lengths never recompile, and FlashAttention is the fastest
   kernel for causal blocks. First with the prompt's keys shared (two calls a layer, see shared_prefix), which reads
   and computes least; then with the keys gathered (one call), by FlashAttention 3 where it is installed, by torch, by
   the package flash-attn.
2. ``flex``. It reads them once per tile of queries and takes fp32, but compiles for seconds, and its Triton kernels
   are somewhat behind FlashAttention on the same mask.
3. ``sdpa``. Rows need a mask there, which rules flash out, and grouped keys rule out the memory-efficient kernel: all
   scores of a layer are written out. Last on a GPU, best on a CPU.

A kernel is tried once per device, precision and head layout, forward and backward, on a small row, and compared with
SDPA in fp32. What fails or is off is logged in one line and not used in this process.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.models.attention import Plan
from mmreason.models.flex_attention import FlexPlan
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block
from mmreason.models.shared_prefix import SharedPrefixPlan, TorchFlash
from mmreason.models.varlen_attention import CALLS, VarlenPlan, installed

Kernel = Literal["auto", "sdpa", "flex", "varlen"]
KERNELS: tuple[str, ...] = get_args(Kernel)
HALF = (torch.bfloat16, torch.float16)
TOLERANCE = {torch.bfloat16: 3e-2, torch.float16: 1e-2, torch.float32: 1e-2}
"""Distance from fp32 relative to its size that a trial may have; fp32 leaves room for TF32."""
FAILURES = (ImportError, AttributeError, RuntimeError, ValueError, TypeError, AssertionError, OSError)
"""What a missing, too old or broken kernel ends in; compilers' own errors are RuntimeErrors."""
logger = logging.getLogger(__name__)


def plan_for(
    blocks: Sequence[Block],
    device: torch.device,
    dtype: torch.dtype,
    head_dim: int,
    wanted: Kernel = "auto",
    heads: tuple[int, int] = (2, 1),
) -> Plan:
    """Give the plan of one packed forward.

    Args:
        blocks: end to end, index tensors on ``device``.
        device: where the forward runs.
        dtype: precision of the attention: autocast's where it is on, else the weights'.
        head_dim: D.
        wanted: a kernel by name, or the first of the order above that works.
        heads: query and key heads; a trial with the model's own says more than one with others.

    Raises:
        RecipeError: the wanted kernel is not there, or there is no such kernel.
    """
    if wanted not in KERNELS:
        raise RecipeError(f"Policy.attention is one of {', '.join(KERNELS)}; got {wanted!r}")
    if device.type != "cuda":
        if wanted in ("auto", "sdpa"):
            return PackedPlan(blocks)
        raise RecipeError(
            f"Policy.attention={wanted!r} needs a CUDA device and this forward runs on {device.type}; "
            "take 'auto', or 'sdpa'"
        )
    for name in order(dtype) if wanted == "auto" else (wanted,):
        if name == "sdpa":
            return PackedPlan(blocks)
        if found := working(name, device, dtype, head_dim, heads):
            return made(found, blocks, device)
    reason = "; ".join(wrong(name, device, dtype, head_dim, heads) for name in candidates(wanted))
    raise RecipeError(
        f"Policy.attention={wanted!r} cannot run on {torch.cuda.get_device_name(device)} in "
        f"{str(dtype).removeprefix('torch.')} with heads of {head_dim}: {reason}; take 'auto'"
    )


def order(dtype: torch.dtype) -> tuple[str, ...]:
    """Kernels of ``auto`` on CUDA, best first."""
    return ("varlen", "flex", "sdpa") if dtype in HALF else ("flex", "sdpa")


def candidates(wanted: str) -> list[str]:
    """What can carry a kernel's name out: ``varlen`` has the shared form and one call per package that brings it."""
    return [f"varlen:{name}" for name in ("shared", *installed())] if wanted == "varlen" else [wanted]


def working(wanted: str, device: torch.device, dtype: torch.dtype, head_dim: int, heads: tuple[int, int]) -> str | None:
    """Name of the first candidate that passed its trial."""
    return next((c for c in candidates(wanted) if not wrong(c, device, dtype, head_dim, heads)), None)


def made(name: str, blocks: Sequence[Block], device: torch.device) -> Plan:
    """A plan by the name of its candidate."""
    if name == "flex":
        total = sum(block.prompt + sum(block.lengths) for block in blocks)
        return FlexPlan(blocks, total, device)
    if name == "varlen:shared":
        return SharedPrefixPlan(blocks, device, TorchFlash())
    return VarlenPlan(blocks, device, CALLS[name.removeprefix("varlen:")])


@lru_cache(maxsize=64)
def wrong(name: str, device: torch.device, dtype: torch.dtype, head_dim: int, heads: tuple[int, int]) -> str:
    """Try a kernel on a small row; what is wrong with it, or nothing. Logs a failure once."""
    if name.startswith("varlen") and dtype not in HALF:
        return f"{name} takes bfloat16 or float16"
    try:
        found = distance(name, device, dtype, head_dim, heads)
    except torch.OutOfMemoryError:  # says nothing about the kernel
        raise
    except FAILURES as error:
        reason = f"{name}: {type(error).__name__}: {(str(error).strip() or 'no message').splitlines()[0]}"
    else:
        reason = "" if found <= TOLERANCE[dtype] else f"{name} is {found:.2g} away from SDPA in fp32"
    if reason:
        logger.warning("attention kernel not used: %s", reason)
    return reason


def distance(name: str, device: torch.device, dtype: torch.dtype, head_dim: int, heads: tuple[int, int]) -> float:
    """Largest relative distance of output and gradients from SDPA in fp32, on two prompts with ragged rows."""
    blocks = sample_blocks(device)
    total = sum(block.prompt + sum(block.lengths) for block in blocks)
    rng = torch.Generator().manual_seed(0)
    shapes = [(1, n, total, head_dim) for n in (heads[0], heads[1], heads[1])]
    leaves = [torch.randn(shape, generator=rng).to(device, dtype) for shape in shapes]
    weights = torch.randn(1, total, heads[0], head_dim, generator=rng).to(device)

    def outcome(plan: Plan, tensors: Sequence[Tensor]) -> list[Tensor]:
        with torch.enable_grad(), torch.autocast(device.type, enabled=False):
            mine = [x.clone().requires_grad_() for x in tensors]
            out = plan.attend(0, mine[0], mine[1], mine[2], head_dim**-0.5)
            return [out.detach(), *torch.autograd.grad((out.float() * weights).sum(), mine)]

    found = outcome(made(name, blocks, device), leaves)
    truth = outcome(VarlenPlan(blocks, device), [x.float() for x in leaves])
    apart = [float((a.float() - b).norm() / b.norm()) for a, b in zip(found, truth, strict=True)]
    return max(apart) if all(x == x for x in apart) else float("inf")


def sample_blocks(device: torch.device) -> tuple[Block, ...]:
    """A prompt longer than a tile with rows of several lengths, and one without rows."""
    lengths, prompt = (70, 1, 33), 150
    first = prompt + torch.tensor([0, 70, 71])
    steps = torch.arange(max(lengths))
    alive = steps < torch.tensor(lengths)[:, None]
    index = torch.where(alive, first[:, None] + steps, 0)
    whole = prompt + sum(lengths)
    none = torch.zeros(0, 0)
    return (
        Block(0, prompt, lengths, index.to(device), alive.to(device)),
        Block(whole, 20, (), none.long().to(device), none.bool().to(device)),
    )
