"""One image, many questions: every image is encoded once and all its segments attend to it and to themselves.

The arithmetic is that of ``Qwen2_5_VLForConditionalGeneration`` on each (image, segment) pair by itself; the weights
are the model's own modules. Two CPU cores cannot afford an image tower and a system prompt per question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration

from tools.tiny.architecture import MERGE, PATCH

NAMING, RELATING, AIMING = 0, 1, 2
"""Layers whose first head is taught where to look: in the first, the name of a station looks at its cell and an option
at its letter; in the second, what a thought concludes looks at the option; in the third, the token before a name looks
at the station's cell, and the token before a letter of the answer at what was concluded."""

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Bucket:
    """Segments of similar length, the same number for every image.

    Attributes:
        ids: [B, n, C] token ids, padded at the end.
        learn: [B, n, C], true where the token at that place is predicted (the answer and its end token).
        looks: [3, B, n, C], for the layers `NAMING`, `RELATING` and `AIMING`: the place that the first head of a token
            is to look at, or -1. Places of the prefix come first, then those of the segment.
    """

    ids: Tensor
    learn: Tensor
    looks: Tensor


def to_patches(images: Tensor) -> Tensor:
    """[B, 3, H, W] bytes to [B, H/14 * W/14, 1176] pixels in the order and scale of the Qwen2-VL image processor."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
    scaled = (images.float() / 255 - mean) / std
    rows, columns = (side // (PATCH * MERGE) for side in images.shape[-2:])
    split = scaled.view(len(images), 3, rows, MERGE, PATCH, columns, MERGE, PATCH)
    ordered = split.permute(0, 2, 5, 3, 6, 1, 4, 7)  # B, row, col, inner row, inner col, channel, y, x
    patches = ordered.reshape(len(images), rows * columns * MERGE**2, 3, 1, PATCH * PATCH)
    return patches.expand(-1, -1, -1, 2, -1).flatten(2)  # a still image is two equal frames


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class PackedModel:
    """A view of a model that runs packed segments; it owns no weights."""

    def __init__(self, model: Qwen2_5_VLForConditionalGeneration, prefix_ids: Tensor, cells: tuple[int, int]) -> None:
        """Prepare positions for one prompt prefix.

        Args:
            model: the model to run.
            prefix_ids: [P] ids of everything before the question, with one image placeholder per merged cell.
            cells: rows and columns of merged cells of each image; all are of one size.
        """
        self.model = model
        self.prefix_ids = prefix_ids
        self.is_image = prefix_ids == model.config.image_token_id
        num = int(self.is_image.sum()) // (cells[0] * cells[1])
        self.grid = torch.tensor([[1, cells[0] * MERGE, cells[1] * MERGE]] * num)
        positions, delta = model.model.get_rope_index(
            prefix_ids[None], mm_token_type_ids=self.is_image[None].long(), image_grid_thw=self.grid
        )
        self.prefix_positions = positions[:, 0]  # [3, P]
        self.start = len(prefix_ids) + int(delta)
        text: Any = model.config.text_config
        self.heads, self.kv_heads = text.num_attention_heads, text.num_key_value_heads
        self.head_dim = text.hidden_size // self.heads
        self.vision_rotary = self._vision_rotary(cells)
        self.pointing: list[list[Tensor]] = []

    def _vision_rotary(self, cells: tuple[int, int]) -> tuple[Tensor, Tensor]:
        down, across = (torch.arange(side * MERGE) for side in cells)
        grid = torch.stack(torch.meshgrid(down, across, indexing="ij"))  # [2, H, W]: row, column
        ordered = grid.view(2, cells[0], MERGE, cells[1], MERGE).permute(0, 1, 3, 2, 4).reshape(2, -1)
        positions = ordered.transpose(0, 1)
        cos, sin = self.model.model.visual.rotary_pos_emb(torch.zeros(1), positions)
        return cos, sin

    def see(self, patches: Tensor) -> Tensor:
        """[B, patches, 1176] to merged features [B, cells, hidden]; every block attends to the whole image."""
        tower = self.model.model.visual
        cos, sin = self.vision_rotary
        x = F.linear(patches, tower.patch_embed.proj.weight.flatten(1))
        for block in tower.blocks:
            attention = block.attn
            qkv = attention.qkv(block.norm1(x)).unflatten(-1, (3, attention.num_heads, -1)).permute(2, 0, 3, 1, 4)
            q, k, v = _rotate(qkv[0], cos, sin), _rotate(qkv[1], cos, sin), qkv[2]
            mixed = F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v)
            x = x + attention.proj(mixed.transpose(1, 2).flatten(2))
            x = x + block.mlp(block.norm2(x))
        merged: Tensor = tower.merger.mlp(tower.merger.ln_q(x).unflatten(1, (-1, MERGE * MERGE)).flatten(2))
        return merged

    def hidden(self, features: Tensor, buckets: list[Bucket]) -> list[Tensor]:
        """Last hidden states [B, n, C, hidden] of every bucket, after the final norm."""
        text = self.model.model.language_model
        batch, prefix = len(features), len(self.prefix_ids)
        head = text.embed_tokens(self.prefix_ids).expand(batch, -1, -1)
        head = head.masked_scatter(self.is_image[None, :, None].expand_as(head), features.to(head.dtype))
        shapes = [bucket.ids.shape for bucket in buckets]
        x = torch.cat([head.flatten(0, 1), *(text.embed_tokens(bucket.ids.flatten()) for bucket in buckets)])
        sizes = [batch * prefix, *(shape.numel() for shape in shapes)]
        cos, sin = self._rotary(batch, shapes)
        self.pointing = [[] for _ in (NAMING, RELATING, AIMING)]
        for number, layer in enumerate(text.layers):
            normed, attention = layer.input_layernorm(x), layer.self_attn
            q = _rotate(attention.q_proj(normed).view(-1, self.heads, self.head_dim), cos, sin)
            k = _rotate(attention.k_proj(normed).view(-1, self.kv_heads, self.head_dim), cos, sin)
            v = attention.v_proj(normed).view(-1, self.kv_heads, self.head_dim)
            q, k = q.to(v.dtype), k.to(v.dtype)
            parts = list(zip(q.split(sizes), k.split(sizes), v.split(sizes), strict=True))
            looks = [bucket.looks[number] for bucket in buckets] if number < len(self.pointing) else None
            x = x + attention.o_proj(self._attend(parts, batch, shapes, number, looks))
            x = x + layer.mlp(layer.post_attention_layernorm(x))
        normed = text.norm(x).split(sizes)
        return [part.view(*shape, -1) for part, shape in zip(normed[1:], shapes, strict=True)]

    def _rotary(self, batch: int, shapes: list[torch.Size]) -> tuple[Tensor, Tensor]:
        """Cosine and sine [tokens, 1, head_dim] for the prefix, then for each bucket."""
        longest = max(shape[2] for shape in shapes)
        own = (self.start + torch.arange(longest)).expand(3, -1)
        positions = torch.cat([self.prefix_positions, own], dim=1)[:, None]
        tables = self.model.model.language_model.rotary_emb(torch.zeros(1), positions)
        prefix = len(self.prefix_ids)
        rows = []
        for table in tables:
            first, rest = table[0, :prefix], table[0, prefix:]
            parts = [first.repeat(batch, 1), *(rest[: s[2]].repeat(s[0] * s[1], 1) for s in shapes)]
            rows.append(torch.cat(parts)[:, None])
        return rows[0], rows[1]

    def _attend(
        self,
        parts: list[tuple[Tensor, Tensor, Tensor]],
        batch: int,
        shapes: list[torch.Size],
        layer: int,
        looks: list[Tensor] | None,
    ) -> Tensor:
        """Causal attention inside the prefix; each segment over the whole prefix and, causally, over itself."""
        q, k, v = (part.unflatten(0, (batch, -1)).transpose(1, 2) for part in parts[0])
        first = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        mixed = [first.transpose(1, 2).flatten(0, 1).flatten(1)]
        for at, (own, shape) in enumerate(zip(parts[1:], shapes, strict=True)):
            mixed.append(self._segments(*own, k, v, shape, layer, looks[at] if looks else None))
        return torch.cat(mixed)

    def _segments(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        prefix_k: Tensor,
        prefix_v: Tensor,
        shape: torch.Size,
        layer: int,
        looks: Tensor | None,
    ) -> Tensor:
        """One bucket: q [B*n*C, H, d], k and v [B*n*C, kv, d], prefix k and v [B, kv, P, d] -> [B*n*C, H*d]."""
        batch, num, length = shape
        groups = self.heads // self.kv_heads
        q = q.view(batch, num, length, self.kv_heads, groups, self.head_dim).permute(0, 3, 1, 4, 2, 5)
        q = q.contiguous() * self.head_dim**-0.5  # B, kv, n, g, C, d
        own_k, own_v = (x.view(batch, num, length, self.kv_heads, -1).permute(0, 3, 1, 2, 4) for x in (k, v))
        far = q.flatten(2, 4) @ prefix_k.transpose(-1, -2)  # B, kv, n*g*C, P
        near = q.flatten(3, 4) @ own_k.transpose(-1, -2)  # B, kv, n, g*C, C
        future = torch.ones(length, length, dtype=torch.bool).triu(1).repeat(groups, 1)
        near = near.masked_fill(future, float("-inf")).flatten(2, 3)
        scores = torch.cat([far, near], dim=-1)
        if looks is not None:
            head = scores[:, 0].unflatten(1, (num, groups, length))[:, :, 0].float()  # B, n, C, P + C
            taught = looks >= 0
            self.pointing[layer].append(F.cross_entropy(head[taught], looks[taught], reduction="none"))
        weights = scores.softmax(dim=-1).to(v.dtype)
        far_w, near_w = weights.split([far.shape[-1], length], dim=-1)
        out: Tensor = (far_w @ prefix_v).view(batch, self.kv_heads, num, groups * length, -1)
        out = out + near_w.unflatten(2, (num, -1)) @ own_v
        return out.view(batch, self.kv_heads, num, groups, length, -1).permute(0, 2, 4, 1, 3, 5).reshape(len(k), -1)

    def loss(self, hidden: list[Tensor], buckets: list[Bucket]) -> tuple[Tensor, Tensor]:
        """Cross-entropy of every token to learn [tokens], and whether the most likely token was the right one."""
        before = torch.cat([h[:, :, :-1][b.learn[:, :, 1:]] for h, b in zip(hidden, buckets, strict=True)])
        target = torch.cat([b.ids[:, :, 1:][b.learn[:, :, 1:]] for b in buckets])
        logits = F.linear(before, self.model.lm_head.weight).float()
        return F.cross_entropy(logits, target, reduction="none"), logits.detach().argmax(-1) == target
