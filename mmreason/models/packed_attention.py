"""Attention within a group-packed row: each prompt over itself, each of its rows over the prompt and itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.models.packing import Block


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
