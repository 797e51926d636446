"""The weights' side of the Qwen2-VL line: where tower, layers and head of a loaded model are, and how they are run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.models.text_body import TextBody
from mmreason.models.vision_tower import VisionTower


class QwenVLBody(TextBody):
    """A loaded model, with or without an adapter."""

    def __init__(self, core: Any) -> None:
        super().__init__(core)
        self.visual = self.base.model.visual
        # Qwen2-VL's tower is another one: the library's forward runs it
        self.lean_tower = VisionTower(self.visual) if hasattr(self.visual, "fullatt_block_indexes") else None

    def layers(self) -> Any:
        """The module of the language model's layers."""
        return self.base.model.language_model

    def plain_inputs(self, positions: Tensor) -> Mapping[str, Tensor]:
        """M-RoPE positions, [3, 1, T]."""
        return {"position_ids": positions[:, None]}

    def tower(self, pixels: Sequence[Tensor], grids: Sequence[tuple[int, int, int]]) -> list[Tensor]:
        """One merged call for images and videos alike; [tokens, H] per medium."""
        weight = next(self.visual.parameters())
        stacked = torch.cat([p.to(weight) for p in pixels]) if len(pixels) > 1 else pixels[0].to(weight)
        if self.lean_tower is not None:
            merged = self.lean_tower(stacked, grids)
        else:
            merged = self.visual(stacked, grid_thw=torch.tensor(grids, device=weight.device)).pooler_output
        sizes = [math.prod(g) // self.visual.spatial_merge_size**2 for g in grids]
        return list(merged.split(sizes))

    def towers(self) -> dict[str, nn.Module]:
        """Components by the names that ``freeze`` and the start-up report use."""
        return {"vision": self.visual, "merger": self.visual.merger, **super().towers()}
