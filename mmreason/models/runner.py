"""What every forward of one model shares: encoder, weights, media features, budgets, counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import torch
from torch import Tensor

from mmreason.asks import Role
from mmreason.errors import PromptError
from mmreason.ledger import Ledger
from mmreason.models.attention import Plan
from mmreason.models.encoded import Encoded
from mmreason.models.family import Body, Encoder
from mmreason.models.kernels import Kernel, plan_for
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block, Packed
from mmreason.models.sharding import Replicated, Sharding
from mmreason.models.store import MediaStore
from vision_data.messages import Prompt

TOWERS = count()


@dataclass(eq=False)
class Runner:
    """One set of weights and what is needed to run it."""

    encoder: Encoder
    body: Body
    store: MediaStore
    ledger: Ledger
    budget: int = 16384
    """Packed tokens (prompts once, all rows) of one forward."""
    max_logits: int = 1 << 25
    """Elements of the largest [positions, vocabulary] that may exist at once (fp32: 128 MiB)."""
    autocast: torch.dtype | None = None
    attention: Kernel = "auto"
    """Of packed rows on CUDA."""
    parts: Mapping[Role, Any] = field(default_factory=dict)
    """Live parts of the run by role, for quantities that use one."""
    tower: int = field(default_factory=lambda: next(TOWERS))
    """Names the state of the tower's weights: features are good for one number. Roles that share a frozen tower share
    it, and with it the features; a tower that learns has a new one after every step."""

    sharding: Sharding = field(default_factory=Replicated)
    """Brings weights together around what is run with them, where they are spread over ranks."""
    halved: bool = False
    """The budget was too much for the device once."""

    def halve(self) -> None:
        """Half the budget for all that follows."""
        self.budget, self.halved = max(self.budget // 2, 1), True
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.body.base.parameters()).device  # type: ignore[no-any-return]

    @property
    def vocab(self) -> int:
        """V, columns of the head."""
        return self.body.vocab

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode once; refuses what no forward could take."""
        encoded = self.encoder.encode(prompt)
        if len(encoded) > self.budget:
            raise PromptError(
                f"the prompt {encoded.text[-80:]!r} has {len(encoded)} tokens, more than the token budget of "
                f"{self.budget} for one forward; raise Policy.budget, or {self.encoder.shorter}",
                prompt,
            )
        self.check_length(prompt, encoded, 0)
        return encoded

    def check_length(self, prompt: Prompt, encoded: Encoded, more: int) -> None:
        """Refuse a row that the model's context cannot hold.

        Raises:
            PromptError: naming both numbers.
        """
        context = self.encoder.max_context
        if len(encoded) + more > context:
            follow = f" and up to {more} follow" if more else ""
            raise PromptError(
                f"the prompt {encoded.text[-80:]!r} has {len(encoded)} tokens{follow}, more than the model's context "
                f"of {context}; {'lower the limit on new tokens, or ' if more else ''}{self.encoder.shorter}",
                prompt,
            )

    def plan(self, blocks: Sequence[Block]) -> Plan:
        """How the tokens of a packed row attend to one another; the fastest way that this device has."""
        decoder = self.body.decoder
        if self.device.type == "cpu" or self.body.alone:
            return PackedPlan(blocks, tails=decoder.last)
        dtype = self.autocast or next(self.body.language.parameters()).dtype
        return plan_for(blocks, self.device, dtype, decoder.head_dim, self.attention, decoder.num_heads)

    def tower_changed(self) -> None:
        """Forget the features of the tower's old weights."""
        old, self.tower = self.tower, next(TOWERS)
        self.store.drop(lambda key: isinstance(key, tuple) and key[-1] == old)

    def block_to_device(self, block: Block) -> Block:
        """Move the index tensors."""
        return replace(block, index=block.index.to(self.device), alive=block.alive.to(self.device))

    def count(self, packed: Packed) -> None:
        """Note what a packed forward costs."""
        alone = packed.num_logical_tokens - packed.num_row_tokens
        self.ledger.add("prompt_tokens", alone if self.body.alone else packed.num_prompt_tokens)
        self.ledger.add("completion_tokens", packed.num_row_tokens)
        self.ledger.add("logical_tokens", packed.num_logical_tokens)

    def precision(self) -> AbstractContextManager[object]:
        """Autocast where it is asked for."""
        return torch.autocast(self.device.type, self.autocast) if self.autocast else nullcontext()

    def tower_learns(self) -> bool:
        """Say whether any weight of the vision tower takes part in training."""
        visual = self.body.visual
        return visual is not None and any(p.requires_grad for p in visual.parameters())

    def states(self, packed: Packed, prompts: Sequence[Prompt], plan: Plan, wanted: Tensor | None = None) -> Tensor:
        """[T, H] or [W, H] last states of a packed row: the vision tower for what is missing, then the layers."""
        shown = self.shown(packed, prompts)

        def walk() -> Tensor:
            embeds = self.embed(packed, shown)
            return self.body.states(embeds, packed.positions.to(embeds.device), plan, wanted)

        return self.sharding.forward(walk)

    def shown(self, packed: Packed, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor] | None:
        """Places of all media tokens of a packed row, and their features [tokens, H]; None without media.

        Where the tower must be run anyway, features of nothing are given, without a place.
        """
        places, wanted = [], []
        for block, encoded, prompt in zip(packed.blocks, packed.encoded, prompts, strict=True):
            for number, span in enumerate(encoded.spans):
                start = block.start + span.start
                places.append(torch.arange(start, start + span.length))
                wanted.append((prompt, number))
        if wanted:
            return torch.cat(places), torch.cat(self.features(wanted))
        return (torch.zeros(0, dtype=torch.long), self.look_at_nothing()) if self.sharding.always_looks else None

    def embed(self, packed: Packed, shown: tuple[Tensor, Tensor] | None) -> Tensor:
        """[1, T, H]: token embeddings with each medium's features laid on its span."""
        embeds = self.body.embed(packed.ids.to(self.device)[None])
        if shown is None:
            return embeds
        places, features = shown
        if not len(places):
            return embeds + 0 * features.sum().to(embeds.dtype)
        return embeds.index_copy(1, places.to(self.device), features[None].to(embeds.dtype))

    def look_at_nothing(self) -> Tensor:
        """Features of an empty picture as small as there can be: the tower's gradient is 0 then, but it has one."""
        visual = self.body.visual
        patch, merge = visual.patch_embed, int(visual.spatial_merge_size)
        width = int(patch.in_channels) * int(patch.temporal_patch_size) * int(patch.patch_size) ** 2
        (features,) = self.look([torch.zeros(merge**2, width)], [(1, merge, merge)])
        return features

    def features(self, wanted: Sequence[tuple[Prompt, int]]) -> list[Tensor]:
        """[tokens, H] of each medium: one tower call for all that are missing, each distinct medium once."""
        spans = [self.encode(prompt).spans[number] for prompt, number in wanted]
        keep = not (self.tower_learns() and torch.is_grad_enabled())
        keys = [("features", span.key, self.tower) for span in spans]
        have = {key: found for key in keys if keep and (found := self.store.find(key)) is not None}
        missing = {key: i for i, key in reversed(list(enumerate(keys))) if key not in have}
        if missing:
            todo = list(missing.values())
            pixels = [self.encoder.pixels(wanted[i][0], spans[i], wanted[i][1]) for i in todo]
            made = self.look(pixels, [spans[i].grid for i in todo])
            for i, feature in zip(todo, made, strict=True):
                have[keys[i]] = feature
                if keep:  # a copy: the parts of one call share their memory, and would all stay for the last of them
                    self.store.put(keys[i], feature.detach().clone())
        return [have[key] for key in keys]

    def look(self, pixels: Sequence[Tensor], grids: Sequence[tuple[int, int, int]]) -> list[Tensor]:
        """Run the tower, without any gradient where it is frozen."""
        self.ledger.add("tower_calls")
        self.ledger.add("patches", sum(len(p) for p in pixels))
        with nullcontext() if self.tower_learns() else torch.no_grad():
            return self.sharding.look(lambda: self.body.tower(pixels, grids))
