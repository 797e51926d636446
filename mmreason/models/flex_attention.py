"""Attention within a group-packed row by FlexAttention (arXiv:2412.05496): one call a layer under one block mask.

A token sees its own segment (the prompt, or its row) up to itself and, where it is in a row, all of its prompt. Both
are intervals of the packed row, so three numbers per query say the whole mask, and which tiles of it are empty, whole
or mixed follows from the intervals' ends without ever building [T, T].

On CUDA the call is compiled. On CPU torch runs it unfused and has no backward pass for it: that is for tests only,
which compare forward and gradient with the plain plan. Nothing here was timed on a GPU yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.models.packing import Block
from mmreason.models.varlen_attention import in_one_precision


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What each query sees: keys ``own[q] <= k <= q`` and ``first[q] <= k < last[q]``, all [T] int32."""

    own: Tensor
    """Start of the token's segment."""
    first: Tensor
    """Start of its prompt where it is in a row, else 0."""
    last: Tensor
    """End of its prompt where it is in a row, else 0."""


def sight(blocks: Sequence[Block], total: int) -> Sight:
    """Intervals of a packed row, padded to ``total``: padding is a segment of its own, so that no query sees nothing.

    A query of a row with an empty prompt sees its row alone.
    """
    used = sum(block.prompt + sum(block.lengths) for block in blocks)
    own, first, last = (torch.zeros(total, dtype=torch.int32) for _ in range(3))
    own[used:] = used
    for block in blocks:
        at = block.start + block.prompt
        own[block.start : at] = block.start
        for length in block.lengths:
            row = slice(at, at + length)
            own[row], first[row], last[row] = at, block.start, block.start + block.prompt
            at += length
    return Sight(own, first, last)


def tiles(seen: Sight, size: int) -> tuple[Tensor, Tensor]:
    """Which tiles of ``size`` x ``size`` are visible in part, and which whole; [T / size, T / size] bool each.

    Within one segment the first query sees least and the last one most, so two queries for each piece of a segment
    that lies in one tile row decide.
    """
    total = len(seen.own)
    num = total // size
    starts = torch.unique(torch.cat([seen.own.long(), torch.arange(0, total, size)]))
    ends = torch.cat([starts[1:], torch.tensor([total])])
    low = torch.arange(num) * size

    def covered(first: Tensor, last: Tensor) -> Tensor:
        return (torch.minimum(last[:, None], low + size) - torch.maximum(first[:, None], low)).clamp(min=0)

    prompt = covered(seen.first[starts].long(), seen.last[starts].long())
    most = prompt + covered(seen.own[starts].long(), ends)
    least = prompt + covered(seen.own[starts].long(), starts + 1)
    row = starts // size
    some = torch.zeros(num, num, dtype=torch.long).index_add_(0, row, (most > 0).long()) > 0
    whole = torch.zeros(num, num, dtype=torch.long).index_add_(0, row, (least < size).long()) == 0
    return some & ~whole, whole


def block_mask(blocks: Sequence[Block], total: int, size: int, device: torch.device) -> Any:
    """The BlockMask of a packed row; ``total`` is a multiple of ``size``."""
    from torch.nn.attention.flex_attention import BlockMask

    seen = sight(blocks, total)
    own, first, last = (x.to(device) for x in (seen.own, seen.first, seen.last))

    def visible(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
        return (k <= q) & ((k >= own[q]) | ((k >= first[q]) & (k < last[q])))

    part, whole = (listed(tile.to(device)) for tile in tiles(seen, size))
    return BlockMask.from_kv_blocks(*part, *whole, BLOCK_SIZE=size, mask_mod=visible, seq_lengths=(total, total))


def listed(tile: Tensor) -> tuple[Tensor, Tensor]:
    """How many tiles each tile row has, [1, 1, n] int32, and which, [1, 1, n, n] int32, those first."""
    order = tile.int().argsort(dim=-1, descending=True, stable=True)
    return tile.sum(-1, dtype=torch.int32)[None, None], order.int()[None, None]


@lru_cache(maxsize=2)
def compiled(dynamic: bool | None) -> Callable[..., Any]:
    """The fused kernel; with dynamic shapes one for all lengths, which costs some seconds once."""
    from torch.nn.attention.flex_attention import flex_attention

    kernel: Callable[..., Any] = torch.compile(flex_attention, dynamic=dynamic)
    return kernel


@dataclass(eq=False)
class FlexPlan:
    """Attention of a packed row under one block mask, built once for all layers."""

    blocks: Sequence[Block]
    total: int
    """T, tokens of the packed row."""
    device: torch.device
    size: int = 128
    """Side of a tile; the row is padded to a multiple of it."""
    dynamic: bool | None = True
    """As in ``torch.compile``: False compiles again for every padded length."""
    mask: Any = field(init=False)
    padding: int = field(init=False)

    def __post_init__(self) -> None:
        """Build the mask."""
        self.padding = -self.total % self.size
        self.mask = block_mask(self.blocks, self.total + self.padding, self.size, self.device)

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, T, heads, D] from q, k, v [1, heads or kv heads, T, D]."""
        q, k, v = in_one_precision(q, k, v)
        if self.padding:
            q, k, v = (F.pad(x, (0, 0, 0, self.padding)) for x in (q, k, v))
        out: Tensor = self.kernel()(q, k, v, block_mask=self.mask, scale=scale, enable_gqa=True)
        return out[:, :, : self.total].transpose(1, 2)

    def kernel(self) -> Callable[..., Any]:
        """Compiled on CUDA, torch's unfused one elsewhere."""
        if self.device.type == "cuda":
            return compiled(self.dynamic)
        from torch.nn.attention.flex_attention import flex_attention

        return flex_attention
