"""Attention within a group-packed row by one variable-length flash call: rows bring their prompt's keys along.

Every token is a query once. The queries of a prompt see the prompt, causally; those of a row see ``[prompt | own]``,
causal with the last query on the last key, as FlashAttention aligns queries that are fewer than keys. Keys and values
are gathered for that, so projections and the rest of the layer are shared while the reading of prompt keys is not.

The gathering, its gradient and the lengths are tested on CPU with a plain call of the same signature. The CUDA calls
themselves differ only in the kernel and have tests of their own, which need a GPU.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.models.packing import Block


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which keys the one call sees: S sequences, one per prompt and one per row that has tokens."""

    cu_q: Tensor
    """[S + 1] int32, where each sequence's queries start and end; queries stand in packed order."""
    cu_k: Tensor
    """[S + 1] int32, the same for keys."""
    max_q: int
    max_k: int
    index: Tensor
    """[K] packed position of each key."""
    own: Tensor
    """[T] where each token stands among the keys of its own sequence."""
    copies: tuple[tuple[int, Tensor], ...]
    """For each prompt with live rows its start, and [rows, P]: where its tokens stand among the rows' keys."""


Call = Callable[[Tensor, Tensor, Tensor, Layout, float], Tensor]
"""Queries [T, heads, D], keys and values [K, kv heads, D], lengths, scale; gives [T, heads, D]."""


def layout(blocks: Sequence[Block], device: torch.device) -> Layout:
    """Lengths and key positions of blocks that lie end to end from 0, as ``pack`` lays them."""
    index, own, copies = [], [], []
    queries, keys = [0], [0]
    for block in blocks:
        prompt = torch.arange(block.start, block.start + block.prompt)
        at, shared = block.start + block.prompt, []
        for start, length, before in [(block.start, block.prompt, 0), *rows_of(block, at)]:
            if not length:
                continue
            if before:
                shared.append(keys[-1] + torch.arange(before))
            index += [prompt[:before], torch.arange(start, start + length)]
            own.append(keys[-1] + before + torch.arange(length))
            queries.append(queries[-1] + length)
            keys.append(keys[-1] + before + length)
        if shared:
            copies.append((block.start, torch.stack(shared).to(device)))
    cu_q, cu_k = torch.tensor(queries, dtype=torch.int32), torch.tensor(keys, dtype=torch.int32)
    none = torch.zeros(0, dtype=torch.long)
    return Layout(
        cu_q.to(device),
        cu_k.to(device),
        max(cu_q.diff().tolist(), default=0),
        max(cu_k.diff().tolist(), default=0),
        torch.cat([none, *index]).to(device),
        torch.cat([none, *own]).to(device),
        tuple(copies),
    )


def rows_of(block: Block, at: int) -> list[tuple[int, int, int]]:
    """Start, length, and prompt keys that come before, of each row."""
    out = []
    for length in block.lengths:
        out.append((at, length, block.prompt))
        at += length
    return out


class Gather(torch.autograd.Function):
    """Keys by index. A prompt key's gradient is the sum over its copies, in fp32 and always in the same order.

    ``index_select`` would add them by atomics, in the keys' own precision and in another order each time.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, lay: Layout) -> Tensor:
        """[T, heads, D] to [K, heads, D]."""
        ctx.layout = lay
        return x.index_select(0, lay.index)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """Add the copies to what came through the token's own sequence."""
        lay: Layout = ctx.layout
        out = grads[0].index_select(0, lay.own)
        wide = torch.promote_types(out.dtype, torch.float32)
        for start, at in lay.copies:
            num, prompt = at.shape
            copied = grads[0].index_select(0, at.reshape(-1)).unflatten(0, (num, prompt))
            mine = out[start : start + prompt]
            mine.copy_(mine + copied.sum(0, dtype=wide))
        return out, None


def in_one_precision(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cast as autocast would: rotary embeddings leave q and k in fp32 there, and these kernels are not on its list."""
    kind = q.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else v.dtype
    return q.to(dtype), k.to(dtype), v.to(dtype)


def plain(q: Tensor, k: Tensor, v: Tensor, lay: Layout, scale: float) -> Tensor:
    """The same call sequence by sequence through SDPA, on any device and in any precision: for tests."""
    out = []
    for (qa, qb), (ka, kb) in zip(pairwise(lay.cu_q.tolist()), pairwise(lay.cu_k.tolist()), strict=True):
        mask = torch.ones(qb - qa, kb - ka, dtype=torch.bool, device=q.device).tril(kb - ka - (qb - qa))
        one, keys, values = (x[None].transpose(1, 2) for x in (q[qa:qb], k[ka:kb], v[ka:kb]))
        found = F.scaled_dot_product_attention(one, keys, values, attn_mask=mask, scale=scale, enable_gqa=True)
        out.append(found[0].transpose(0, 1))
    return torch.cat(out) if out else torch.zeros_like(q)


def by_torch(q: Tensor, k: Tensor, v: Tensor, lay: Layout, scale: float) -> Tensor:
    """The call of torch itself; its window (-1, 0) is causal, aligned at the end, and runs FlashAttention."""
    from torch.nn.attention.varlen import varlen_attn

    out = varlen_attn(
        q, k, v, lay.cu_q, lay.cu_k, lay.max_q, lay.max_k, scale=scale, window_size=(-1, 0), enable_gqa=True
    )
    assert isinstance(out, Tensor)
    return out


def by_package(package: str) -> Call:
    """FlashAttention 2 (arXiv:2307.08691) or 3 (arXiv:2407.08608); some releases of 3 give the log-sum-exp too."""

    def call(q: Tensor, k: Tensor, v: Tensor, lay: Layout, scale: float) -> Tensor:
        kernel = import_module(package).flash_attn_varlen_func
        out = kernel(q, k, v, lay.cu_q, lay.cu_k, lay.max_q, lay.max_k, softmax_scale=scale, causal=True)
        found: Tensor = out[0] if isinstance(out, tuple) else out
        return found

    return call


CALLS: dict[str, Call] = {
    "flash_attn_interface": by_package("flash_attn_interface"),
    "torch": by_torch,
    "flash_attn": by_package("flash_attn"),
}
"""By the package that brings them, fastest first: FlashAttention 3 has to be installed on purpose and uses what Hopper
has; torch's is FlashAttention 2 and always there; flash-attn is for a torch without it."""


def installed() -> list[str]:
    """Names of the calls whose package is there, in order; a torch whose call has another signature does not count."""
    return [name for name in CALLS if (has_varlen() if name == "torch" else find_spec(name) is not None)]


def has_varlen() -> bool:
    """Say whether torch has the call with grouped keys and a causal window."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return False
    return {"window_size", "enable_gqa", "scale"} <= set(inspect.signature(varlen_attn).parameters)


@dataclass(eq=False)
class VarlenPlan:
    """Attention of a packed row by one variable-length call a layer."""

    blocks: Sequence[Block]
    device: torch.device
    call: Call = plain
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the keys once for all layers."""
        self.layout = layout(self.blocks, self.device)

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, T, heads, D] from q, k, v [1, heads or kv heads, T, D]."""
        q, k, v = in_one_precision(q, k, v)
        keys, values = (self.gathered(x[0].transpose(0, 1)) for x in (k, v))
        return self.call(q[0].transpose(0, 1), keys, values, self.layout, scale)[None]

    def gathered(self, x: Tensor) -> Tensor:
        """[K, kv heads, D] of [T, kv heads, D]."""
        out: Tensor = Gather.apply(x, self.layout)
        return out
