"""Attention for group-packed rows and for decoding, registered with transformers as one attention function.

The plan travels to the attention layers as a keyword; without one (vision blocks, plain forwards) it is ordinary SDPA.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmreason.models.packing import Block

NAME = "mmreason_group_packed"


@dataclass(eq=False)
class PackedPlan:
    """Attention within blocks of a packed row; keeps keys and values by layer where ``keep`` is set."""

    blocks: Sequence[Block]
    keep: bool = False
    kept: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    """Layer to keys and values, [kv heads, T, D] each."""
    masks: dict[tuple[int, int], Tensor] = field(default_factory=dict)

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, T, heads, D] from q, k, v [1, heads or kv heads, T, D]."""
        if self.keep:
            self.kept[layer] = (k[0].detach(), v[0].detach())
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
        """[sum of lengths, heads, D]: every row against its prompt and itself."""
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


@dataclass(eq=False)
class DecodePlan:
    """One token for each of N rows, against the prompt's cache (kept once) and the row's own.

    All rows' own caches end in the same column, so a step writes one column and needs no mask for what comes later.
    """

    prompts: dict[int, tuple[Tensor, Tensor]]
    """Layer to keys and values of all B prompts, [B, kv heads, Pmax, D]."""
    prompt_dead: Tensor | None
    """[B, 1, 1, Pmax] True on padding; None where there is none."""
    own: dict[int, tuple[Tensor, Tensor]]
    """Layer to the rows' preallocated keys and values, [N, kv heads, capacity, D]."""
    own_dead: Tensor | None
    """[N, 1, 1, L] True on padding left of the shorter of the rows' prefixes (L is the longest); None without any."""
    at: int
    """Column of this token in the own caches."""
    grid: tuple[int, int]
    """(B, Gmax): room for the rows of each prompt side by side."""
    place: Tensor | None
    """[N] flat index of each row in the grid; None where the rows fill it in order."""

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, N, heads, D] from q [1, heads, N, D] and k, v [1, kv heads, N, D]."""
        num, kv, dim = q.shape[2], k.shape[1], q.shape[3]
        own_k, own_v = (cache[:, :, : self.at + 1] for cache in self.own[layer])
        own_k[:, :, -1], own_v[:, :, -1] = k[0].transpose(0, 1), v[0].transpose(0, 1)
        keys, values = self.prompts[layer]
        q_N = (q[0].transpose(0, 1) * scale).reshape(num, kv, -1, dim)
        # the prompt's keys are read once for all its rows
        of_prompt = blank(self.to_grid(q_N) @ keys.transpose(2, 3), self.prompt_dead)
        of_own = blank(q_N @ own_k.transpose(2, 3), self.own_dead)
        scores = torch.cat([self.from_grid(of_prompt, q_N.shape[2]), of_own], 3)
        weights = scores.softmax(-1, dtype=torch.float32).to(q.dtype)
        of_prompt, of_own = weights.split([keys.shape[2], self.at + 1], 3)
        o = self.from_grid(self.to_grid(of_prompt) @ values, q_N.shape[2]) + of_own @ own_v
        out: Tensor = o.reshape(1, num, -1, dim)
        return out

    def to_grid(self, x: Tensor) -> Tensor:
        """[N, kv, rep, W] to [B, kv, Gmax * rep, W], zeros where the grid has no row."""
        groups, wide = self.grid
        if self.place is not None:
            x = x.new_zeros(groups * wide, *x.shape[1:]).index_copy_(0, self.place, x)
        return x.view(groups, wide, *x.shape[1:]).transpose(1, 2).flatten(2, 3)

    def from_grid(self, x: Tensor, rep: int) -> Tensor:
        """[B, kv, Gmax * rep, W] back to [N, kv, rep, W]."""
        x = x.view(*x.shape[:2], self.grid[1], rep, x.shape[3]).transpose(1, 2).flatten(0, 1)
        return x if self.place is None else x[self.place]


def blank(scores: Tensor, dead: Tensor | None) -> Tensor:
    """No weight for padding, which stands in the leading columns."""
    if dead is not None:
        scores[..., : dead.shape[-1]].masked_fill_(dead, float("-inf"))
    return scores


def group_packed(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    scaling: float | None = None, dropout: float = 0.0, plan: PackedPlan | DecodePlan | None = None, **kwargs: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """The attention function: the plan's where there is one, else SDPA."""
    if plan is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        out, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return out, None
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    layer = module.layer_idx
    assert isinstance(layer, int)
    return plan.attend(layer, query, key, value, scale), None


def register() -> str:
    """Make the function known to transformers; gives the name to set as the attention implementation."""
    from transformers import AttentionInterface
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS

    AttentionInterface.register(NAME, group_packed)
    if NAME not in ALL_MASK_ATTENTION_FUNCTIONS:
        ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])
    return NAME
