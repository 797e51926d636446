"""The forward of the Qwen2.5-VL vision tower (arXiv:2502.13923), on the modules that transformers loaded.

The library runs one attention call for each window of each layer; here all windows of a layer go in one call for each
of their lengths (the border cuts some short). The patch embedding, a convolution whose steps do not overlap, is a
matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from mmreason.models.decoder import mlp
from mmreason.models.functional import rms_norm, rotate

Grid = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Which patches attend to one another: pieces of a row, side by side."""

    num: int
    places: tuple[Tensor, ...]
    """[W, L] where the patches of W pieces of length L stand, for each length; none where all are equally long."""
    back: Tensor | None
    """[patches] where each patch stands among ``places``."""

    @classmethod
    def of(cls, lengths: Sequence[int], device: torch.device) -> Pieces:
        """Lay pieces of these lengths side by side."""
        kinds = sorted(set(lengths))
        if len(kinds) == 1:
            return cls(len(lengths), (), None)
        sizes = torch.tensor(lengths)
        starts = sizes.cumsum(0) - sizes
        places = [starts[sizes == kind][:, None] + torch.arange(kind) for kind in kinds]
        back = torch.cat([place.flatten() for place in places]).argsort()
        return cls(len(lengths), tuple(place.to(device) for place in places), back.to(device))


class VisionTower:
    """The tower of a loaded Qwen2.5-VL model."""

    def __init__(self, visual: Any) -> None:
        self.visual = visual
        self.merge = int(visual.spatial_merge_size)
        self.window = int(visual.window_size) // self.merge // int(visual.patch_size)
        """Merged patches a side of a window."""
        self.full = set(visual.fullatt_block_indexes)

    def __call__(self, pixels: Tensor, grids: Sequence[Grid]) -> Tensor:
        """Features [merged patches, H] of pixels [patches, channels * time * patch^2], media side by side."""
        visual, device = self.visual, pixels.device
        order, windows = self.windows(grids)
        whole = [h * w for t, h, w in grids for _ in range(t)]
        cos, sin = self.angles(grids, order)
        plans = {True: Pieces.of(whole, device), False: Pieces.of(windows, device)}
        order = order.to(device)
        x = self.embed(pixels).unflatten(0, (-1, self.merge**2))[order].flatten(0, 1)
        for number, block in enumerate(visual.blocks):
            pieces = plans[number in self.full]
            if getattr(block, "gradient_checkpointing", False) and block.training and torch.is_grad_enabled():
                x = checkpoint(self.block, block, x, cos, sin, pieces, use_reentrant=False)
            else:
                x = self.block(block, x, cos, sin, pieces)
        merged = visual.merger.mlp(rms_norm(visual.merger.ln_q, x).view(len(order), -1))
        return merged[order.argsort()]  # type: ignore[no-any-return]

    def embed(self, pixels: Tensor) -> Tensor:
        """[patches, width]."""
        weight = self.visual.patch_embed.proj.weight
        return F.linear(pixels.to(weight.dtype), weight.flatten(1))

    def block(self, block: Any, x: Tensor, cos: Tensor, sin: Tensor, pieces: Pieces) -> Tensor:
        """One layer, [patches, width]."""
        part = block.attn
        qkv = part.qkv(rms_norm(block.norm1, x)).unflatten(-1, (3, part.num_heads, -1))
        q, k, v = qkv.unbind(1)
        o = within(rotate(q, cos, sin), rotate(k, cos, sin), v, pieces)
        x = x + part.proj(o.flatten(1))
        return x + mlp(block.mlp, rms_norm(block.norm2, x))

    def windows(self, grids: Sequence[Grid]) -> tuple[Tensor, list[int]]:
        """Merged patches in the order of their windows, and patches in each window."""
        order, lengths, start = [], [], 0
        for t, h, w in grids:
            rows, columns = h // self.merge, w // self.merge
            numbers = torch.arange(t * rows * columns).view(t, rows, columns)
            for frame in numbers:
                for band in frame.split(self.window, 0):
                    for tile in band.split(self.window, 1):
                        order.append(tile.flatten() + start)
                        lengths.append(tile.numel() * self.merge**2)
            start += numbers.numel()
        return torch.cat(order), lengths

    def angles(self, grids: Sequence[Grid], order: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine [patches, D / 2] float32 of rows and columns, in the order of the windows."""
        places = []
        for t, h, w in grids:
            place = torch.stack(torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij"), -1)
            tiles = place.view(h // self.merge, self.merge, w // self.merge, self.merge, 2).transpose(1, 2)
            places.append(tiles.reshape(-1, self.merge**2, 2).repeat(t, 1, 1))
        rates = self.visual.rotary_pos_emb.inv_freq.float()
        turned = torch.cat(places)[order].flatten(0, 1).to(rates.device)[..., None] * rates
        turned = turned.flatten(1)
        return turned.cos(), turned.sin()


def within(q: Tensor, k: Tensor, v: Tensor, pieces: Pieces) -> Tensor:
    """Attention of each piece's patches to one another; [patches, heads, D]."""
    if pieces.back is None:
        return together(*(x.unflatten(0, (pieces.num, -1)) for x in (q, k, v)))
    return torch.cat([together(q[place], k[place], v[place]) for place in pieces.places])[pieces.back]


def together(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """[W * L, heads, D] of pieces [W, L, heads, D]."""
    out = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
    return out.transpose(1, 2).flatten(0, 1)
