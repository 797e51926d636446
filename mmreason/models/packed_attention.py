"""Attention within a group-packed row: each prompt over itself, each of its rows over the prompt and itself.

Softmax over the keys of two places is the sum of two softmaxes, each weighted by its share of the total mass. So all
rows of a group attend to the prompt in one call, whose keys are never copied, and to themselves in another. For the
gradient the two calls are given the merged output and the merged log-sum-exp: then each finds its own part, and nothing
of the merging is kept or differentiated (the decomposition is that of FlashAttention's blocks, arXiv:2205.14135).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.models.packing import Block


@dataclass(eq=False)
class PackedPlan:
    """Attention within blocks of a packed row; keeps keys and values by layer where ``keep`` is set."""

    blocks: Sequence[Block]
    keep: bool = False
    tails: int | None = None
    """A layer whose queries are only each prompt's last and those of its rows (on a CPU)."""
    kept: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    """Layer to keys and values, [kv heads, T, D] each."""
    masks: dict[tuple[int, int], Tensor] = field(default_factory=dict)

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, T, heads, D] from q, k, v [1, heads or kv heads, T, D]."""
        if self.keep:
            self.kept[layer] = (k[0].detach(), v[0].detach())
        if q.device.type == "cpu":
            return SharedKeys.apply(q, k, v, self.blocks, scale, layer == self.tails)  # type: ignore[no-any-return]
        out = []
        for block in self.blocks:
            a, b = block.start, block.start + block.prompt
            kp, vp = k[:, :, a:b], v[:, :, a:b]
            o = F.scaled_dot_product_attention(q[:, :, a:b], kp, vp, is_causal=True, scale=scale, enable_gqa=True)
            out.append(o[0].transpose(0, 1))
            if any(block.lengths):
                out.append(self.rows(block, q, k, v, scale))
        return torch.cat(out)[None]

    def rows(self, block: Block, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """[sum of lengths, heads, D]: every row against a copy of its prompt's keys, and itself."""
        a, b, (num, longest) = block.start, block.start + block.prompt, block.index.shape
        flat = block.index.reshape(-1)

        def of_rows(x: Tensor) -> Tensor:
            return x[0].index_select(1, flat).view(-1, num, longest, x.shape[3]).transpose(0, 1)

        keys = torch.cat([k[:, :, a:b].expand(num, -1, -1, -1), of_rows(k)], 2)
        values = torch.cat([v[:, :, a:b].expand(num, -1, -1, -1), of_rows(v)], 2)
        mask = self.mask(block.prompt, longest, q.device)
        o = F.scaled_dot_product_attention(of_rows(q), keys, values, attn_mask=mask, scale=scale, enable_gqa=True)
        out: Tensor = o.transpose(1, 2)[block.alive]
        return out

    def mask(self, prompt: int, longest: int, device: torch.device) -> Tensor:
        """[C, P + C] all of the prompt, own tokens up to the query; padding keys come after every live query."""
        key = (prompt, longest)
        if key not in self.masks:
            ones = torch.ones(longest, prompt + longest, dtype=torch.bool, device=device)
            self.masks[key] = ones.tril(prompt)
        return self.masks[key]


class SharedKeys(torch.autograd.Function):
    """The same on a CPU, without a copy of any prompt key; with ``tails`` only each prompt's last query is there."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, blocks: Sequence[Block], scale: float, tails: bool
    ) -> Tensor:
        """Give [1, Q, heads, D] from q [1, heads, Q, D] and k, v [1, kv heads, T, D]."""
        q, k, v = (x[0].transpose(0, 1) for x in (q, k, v))
        out = torch.empty(q.shape, dtype=q.dtype)
        mass: list[tuple[Tensor, Tensor | None]] = []
        for block, (a, b, e), of_k, of_own in layout(blocks, tails):
            out[a:b], lse = attend(q[a:b], k[of_k], v[of_k], scale, causal=not tails)
            mass.append((lse, None))
            if e > b:
                out[b:e], both = over_rows(block, q[b:e], (k[of_k], v[of_k]), (k[of_own], v[of_own]), scale)
                mass[-1] = (lse, both)
        ctx.blocks, ctx.scale, ctx.mass, ctx.tails = blocks, scale, mass, tails
        ctx.save_for_backward(q, k, v, out)
        return out[None]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Each call's part, found from the merged output and mass."""
        q, k, v, out = ctx.saved_tensors
        grad, scale, tails = grads[0][0], ctx.scale, ctx.tails
        dq, dk, dv = (torch.empty(x.shape, dtype=x.dtype) for x in (q, k, v))
        for (block, (a, b, e), of_k, of_own), (lse, both) in zip(layout(ctx.blocks, tails), ctx.mass, strict=True):
            keys, values = k[of_k], v[of_k]
            found = back(grad[a:b], q[a:b], keys, values, out[a:b], lse, scale, causal=not tails)
            dq[a:b], dk[of_k], dv[of_k] = found
            if e == b:
                continue
            g, o = grad[b:e], out[b:e]
            dq[b:e], more_k, more_v = back(g, q[b:e], keys, values, o, both, scale, causal=False)
            dk[of_k] += more_k
            dv[of_k] += more_v
            g, own_q, own_k, own_v, o = (rows_of(block, x) for x in (g, q[b:e], k[of_own], v[of_own], o))
            found = back(g, own_q, own_k, own_v, o, rows_of(block, both.T).transpose(1, 2), scale, causal=True)
            dq[b:e] += flat(block, found[0])
            dk[of_own], dv[of_own] = flat(block, found[1]), flat(block, found[2])
        return *(x.transpose(0, 1)[None] for x in (dq, dk, dv)), None, None, None


Places = tuple[Block, tuple[int, int, int], slice, slice]


def layout(blocks: Sequence[Block], tails: bool) -> Iterator[Places]:
    """Each block; where its queries begin, its rows' queries begin, and they end; its prompt's keys; its rows' keys."""
    at = 0
    for block in blocks:
        rows, end = sum(block.lengths), block.start + block.prompt
        queries = 1 if tails else block.prompt
        yield block, (at, at + queries, at + queries + rows), slice(block.start, end), slice(end, end + rows)
        at += queries + rows


def over_rows(
    block: Block, q: Tensor, prompt: tuple[Tensor, Tensor], own: tuple[Tensor, Tensor], scale: float
) -> tuple[Tensor, Tensor]:
    """[N, heads, D] output and [heads, N] log-sum-exp of all N row tokens of a block."""
    of_prompt, mass = attend(q, *prompt, scale, causal=False)
    own_q, own_k, own_v = (rows_of(block, x) for x in (q, *own))
    of_own, own_mass = attend(own_q, own_k, own_v, scale, causal=True)
    own_mass = flat(block, own_mass.transpose(1, 2)).T
    both = torch.logaddexp(mass, own_mass)
    share, own_share = ((x - both).exp().T[..., None].to(q.dtype) for x in (mass, own_mass))
    return (of_prompt * share).addcmul_(flat(block, of_own), own_share), both


def rows_of(block: Block, x: Tensor) -> Tensor:
    """[N, ...] row tokens side by side to [R, C, ...]; padding repeats a token, which no live one comes after."""
    num, longest = block.index.shape
    if num * longest == len(x):
        return x.view(num, longest, *x.shape[1:]) if x.is_contiguous() else x.unflatten(0, (num, longest))
    places = (block.index - (block.start + block.prompt)).clamp_(min=0)  # padding points into the prompt
    return x[places] * block.alive.view(num, longest, *[1] * (x.ndim - 1))


def flat(block: Block, x: Tensor) -> Tensor:
    """[R, C, ...] back to [N, ...]."""
    return x.flatten(0, 1) if x.shape[0] * x.shape[1] == sum(block.lengths) else x[block.alive]


def attend(q: Tensor, k: Tensor, v: Tensor, scale: float, causal: bool) -> tuple[Tensor, Tensor]:
    """Attention of [T, heads, D] or [R, T, heads, D]; gives the same shape, and [heads, T] or [R, heads, T] mass."""
    lone = q.ndim == 3
    ins = (x[None].transpose(1, 2) if lone else x.transpose(1, 2) for x in (q, k, v))
    out, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(*ins, 0.0, causal, scale=scale)
    out = out.transpose(1, 2)
    return (out[0], lse[0]) if lone else (out, lse)


def back(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, mass: Tensor, scale: float, causal: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of q, k and v; shapes as in ``attend``. ``out`` and ``mass`` may be those of a larger softmax."""
    lone = q.ndim == 3
    ins = [x[None].transpose(1, 2) if lone else x.transpose(1, 2) for x in (grad, q, k, v, out)]
    found = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
        *ins, mass[None] if lone else mass, 0.0, causal, scale=scale
    )
    dq, dk, dv = (x.transpose(1, 2)[0] if lone else x.transpose(1, 2) for x in found)
    return dq, dk, dv
