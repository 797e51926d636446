"""The weights' side of the Qwen2-VL line: where tower, layers and head of a loaded model are, and how they are run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.models.attention import Plan
from mmreason.models.decoder import Decoder
from mmreason.models.vision_tower import VisionTower


class QwenVLBody:
    """A loaded model, with or without an adapter."""

    def __init__(self, core: Any) -> None:
        base = core.get_base_model() if hasattr(core, "get_base_model") else core
        self.base = base
        self.visual = base.model.visual
        self.language = base.model.language_model
        self.decoder = Decoder(self.language)
        # Qwen2-VL's tower is another one: the library's forward runs it
        self.lean_tower = VisionTower(self.visual) if hasattr(self.visual, "fullatt_block_indexes") else None

    def embed(self, ids: Tensor) -> Tensor:
        """[1, T] ids to [1, T, H]."""
        return self.language.embed_tokens(ids)  # type: ignore[no-any-return]

    def states(self, embeds: Tensor, positions: Tensor, plan: Plan, wanted: Tensor | None = None) -> Tensor:
        """[T, H] last states, normed, of one packed row [1, T, H]; positions [3, T]; ``wanted`` as in ``Decoder``."""
        return self.decoder.states(embeds[0], positions, plan, wanted)

    def head(self, states: Tensor) -> Tensor:
        """[..., H] to [..., V] float32."""
        return self.base.lm_head(states).float()  # type: ignore[no-any-return]

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
        return {
            "vision": self.visual,
            "merger": self.visual.merger,
            "language": self.language,
            "head": self.base.lm_head,
        }
