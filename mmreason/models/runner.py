"""What every forward of one model shares: encoder, weights, media features, budgets, counters."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import count

import torch
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.ledger import Ledger
from mmreason.models.encoded import Encoded
from mmreason.models.packing import Block, Packed
from mmreason.models.qwen_vl import QwenVLBody, QwenVLEncoder
from mmreason.models.store import MediaStore
from vision_data.messages import Prompt

TOWERS = count()


@dataclass(eq=False)
class Runner:
    """One set of weights and what is needed to run it."""

    encoder: QwenVLEncoder
    body: QwenVLBody
    store: MediaStore
    ledger: Ledger
    budget: int = 16384
    """Packed tokens (prompts once, all rows) of one forward."""
    max_logits: int = 1 << 25
    """Elements of the largest [positions, vocabulary] that may exist at once (fp32: 128 MiB)."""
    autocast: torch.dtype | None = None
    tower: int = field(default_factory=lambda: next(TOWERS))
    """Names the tower's weights; roles that share a frozen tower share the number, hence the features."""
    version: int = 0
    """Optimiser steps so far: features of a tower that learns are good for one version."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.body.base.parameters()).device  # type: ignore[no-any-return]

    @property
    def vocab(self) -> int:
        """V, columns of the head."""
        return int(self.body.base.lm_head.weight.shape[0])

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode once; refuses what is longer than the model's context."""
        encoded = self.encoder.encode(prompt)
        if len(encoded) > self.encoder.max_prompt:
            raise RecipeError(
                f"the prompt {encoded.text[-80:]!r} has {len(encoded)} tokens, more than the model's context of "
                f"{self.encoder.max_prompt}; lower max_pixels or the number of frames"
            )
        return encoded

    def block_to_device(self, block: Block) -> Block:
        """Move the index tensors."""
        return replace(block, index=block.index.to(self.device), alive=block.alive.to(self.device))

    def precision(self) -> AbstractContextManager[object]:
        """Autocast where it is asked for."""
        return torch.autocast(self.device.type, self.autocast) if self.autocast else nullcontext()

    def tower_learns(self) -> bool:
        """Say whether any weight of the vision tower takes part in training."""
        return any(p.requires_grad for p in self.body.visual.parameters())

    def embed(self, packed: Packed, prompts: Sequence[Prompt]) -> Tensor:
        """[1, T, H]: token embeddings with each medium's features laid on its span."""
        embeds = self.body.embed(packed.ids.to(self.device)[None])
        places, wanted = [], []
        for block, encoded, prompt in zip(packed.blocks, packed.encoded, prompts, strict=True):
            for number, span in enumerate(encoded.spans):
                start = block.start + span.start
                places.append(torch.arange(start, start + span.length))
                wanted.append((prompt, number))
        if not wanted:
            return embeds
        features = self.features(wanted)
        return embeds.index_copy(1, torch.cat(places).to(self.device), torch.cat(features)[None].to(embeds.dtype))

    def features(self, wanted: Sequence[tuple[Prompt, int]]) -> list[Tensor]:
        """[tokens, H] of each medium: one tower call for all that are missing, each distinct medium once."""
        spans = [self.encode(prompt).spans[number] for prompt, number in wanted]
        keep = not (self.tower_learns() and torch.is_grad_enabled())
        version = self.version if self.tower_learns() else 0
        keys = [("features", span.key, self.tower, version) for span in spans]
        have = {key: self.store.entries[key] for key in keys if keep and key in self.store}
        missing = {key: i for i, key in reversed(list(enumerate(keys))) if key not in have}
        if missing:
            todo = list(missing.values())
            pixels = [self.encoder.pixels(wanted[i][0], spans[i], wanted[i][1]) for i in todo]
            self.ledger.add("tower_calls")
            self.ledger.add("patches", sum(len(p) for p in pixels))
            with nullcontext() if self.tower_learns() else torch.no_grad():
                made = self.body.tower(pixels, [spans[i].grid for i in todo])
            for i, feature in zip(todo, made, strict=True):
                have[keys[i]] = feature
                if keep:
                    self.store.put(keys[i], feature.detach())
        return [have[key] for key in keys]
