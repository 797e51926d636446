"""Keys and values while sampling: each prompt's once, each row's own in preallocated space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from mmreason.asks import Generate
from mmreason.models.decode_attention import DecodePlan
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Packed, pack
from mmreason.models.runner import Runner
from vision_data.messages import Prompt

FIRST = 128
"""Columns that own caches start with; they double when they are full, for most completions end before their limit."""


class Cached(Protocol):
    """A row: the request that it answers and what is there already."""

    request: Generate

    @property
    def prompt(self) -> Prompt: ...
    @property
    def prefix(self) -> Tensor: ...


class Cache:
    """The caches of one wave. Rows of a prompt stand side by side; own caches end in the same column."""

    def __init__(self, runner: Runner, rows: Sequence[Cached]) -> None:
        self.runner, self.rows = runner, rows
        self.prompts = list(dict.fromkeys(row.prompt for row in rows))
        number = {prompt: i for i, prompt in enumerate(self.prompts)}
        self.prompt_of = torch.tensor([number[row.prompt] for row in rows])
        self.encoded = [runner.encode(prompt) for prompt in self.prompts]
        lengths = torch.tensor([len(row.prefix) for row in rows])
        self.longest = self.at = int(lengths.max())
        self.end = self.longest + max(row.request.limit for row in rows)
        device = runner.device
        starts = torch.tensor([e.next_position for e in self.encoded])
        self.positions = (starts[self.prompt_of] + lengths).to(device)
        self.own_dead = dead(self.longest - lengths, self.longest, left=True, device=device)
        sizes = torch.tensor([len(e) for e in self.encoded])
        self.prompt_dead = dead(sizes, int(sizes.max()), left=False, device=device)
        self.prompt_kv: dict[int, tuple[Tensor, Tensor]] = {}
        self.own_kv: dict[int, tuple[Tensor, Tensor]] = {}
        self.arrange()

    def arrange(self) -> None:
        """Find each row's place among the rows of its prompt."""
        counts = torch.bincount(self.prompt_of, minlength=len(self.prompts))
        groups, wide = len(counts), int(counts.max())
        self.grid = (groups, wide)
        rank = torch.arange(len(self.prompt_of)) - (counts.cumsum(0) - counts)[self.prompt_of]
        full = len(self.prompt_of) == groups * wide
        self.place = None if full else (self.prompt_of * wide + rank).to(self.runner.device)

    def prefill(self) -> Tensor:
        """Run prompts and prefixes once, within the token budget; gives [N, V] logits of every row's next token."""
        last = []
        for first, rows, packed in self.portions():
            self.runner.count(packed)
            plan = PackedPlan([self.runner.block_to_device(b) for b in packed.blocks], keep=True)
            embeds = self.runner.embed(packed, self.prompts[first : first + len(packed.blocks)])
            states = self.runner.body.states(embeds, packed.positions.to(self.runner.device), plan)
            for layer, (k, v) in plan.kept.items():
                self.lay(layer, k, v, packed, first, rows)
            last.append(states[[i for block in packed.blocks for i in block.ends()]])
        return self.runner.body.head(torch.cat(last))

    def portions(self) -> Iterator[tuple[int, int, Packed]]:
        """Prompts with their rows' prefixes, as many as one forward takes; with the first prompt's and row's number."""
        prefixes: list[list[Tensor]] = [[] for _ in self.prompts]
        for row, prompt in zip(self.rows, self.prompt_of.tolist(), strict=True):
            prefixes[prompt].append(row.prefix)
        first = rows = size = 0
        for i, (encoded, own) in enumerate(zip(self.encoded, prefixes, strict=True)):
            cost = len(encoded) + sum(map(len, own))
            if i > first and size + cost > self.runner.budget:
                yield first, rows, pack(list(zip(self.encoded[first:i], prefixes[first:i], strict=True)))
                rows += sum(map(len, prefixes[first:i]))
                first, size = i, 0
            size += cost
        yield first, rows, pack(list(zip(self.encoded[first:], prefixes[first:], strict=True)))

    def lay(self, layer: int, k: Tensor, v: Tensor, packed: Packed, first: int, row: int) -> None:
        """Copy a packed row's keys and values, [kv heads, T, D] each, to where decoding reads them."""
        if layer not in self.prompt_kv:
            wide, kv, dim = max(map(len, self.encoded)), k.shape[0], k.shape[2]
            room = min(self.end, max(self.longest + FIRST, 2 * self.longest))
            prompts, own = (
                k.new_zeros(2, len(self.prompts), kv, wide, dim),
                k.new_zeros(2, len(self.rows), kv, room, dim),
            )
            self.prompt_kv[layer], self.own_kv[layer] = (prompts[0], prompts[1]), (own[0], own[1])
        for source, of_prompts, of_rows in zip((k, v), self.prompt_kv[layer], self.own_kv[layer], strict=True):
            number = row
            for i, block in enumerate(packed.blocks):
                at = block.start + block.prompt
                of_prompts[first + i, :, : block.prompt] = source[:, block.start : at]
                for length in block.lengths:
                    of_rows[number, :, self.longest - length : self.longest] = source[:, at : at + length]
                    number, at = number + 1, at + length

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Run one token for each row; gives [N, V] logits."""
        runner = self.runner
        if self.at == next(iter(self.own_kv.values()))[0].shape[2]:
            self.grow()
        plan = DecodePlan(self.prompt_kv, self.prompt_dead, self.own_kv, self.own_dead, self.at, self.grid, self.place)
        embeds = runner.body.embed(torch.tensor(tokens, device=runner.device)[None])
        states = runner.body.states(embeds, self.positions.expand(3, -1), plan)
        runner.ledger.add("completion_tokens", len(tokens))
        runner.ledger.add("logical_tokens", len(tokens))
        self.at += 1
        self.positions = self.positions + 1
        return runner.body.head(states)

    def grow(self) -> None:
        """Twice the room, or what is needed to the end."""
        room = min(self.end, 2 * self.at)
        for layer, old in self.own_kv.items():
            new = old[0].new_zeros(2, *old[0].shape[:2], room, old[0].shape[3])
            new[0, :, :, : self.at], new[1, :, :, : self.at] = old
            self.own_kv[layer] = (new[0], new[1])

    def keep(self, going: Sequence[int]) -> None:
        """Only these rows go on; a prompt's cache goes when half of the prompts have no row left."""
        index = torch.tensor(going)
        at = index.to(self.runner.device)
        self.prompt_of, self.positions = self.prompt_of[index], self.positions[at]
        self.own_dead = self.own_dead[at] if self.own_dead is not None else None
        self.own_kv = {layer: (k[at], v[at]) for layer, (k, v) in self.own_kv.items()}
        asked = self.prompt_of.unique()
        if 2 * len(asked) <= len(self.prompts):
            self.prompt_of = torch.searchsorted(asked, self.prompt_of)
            self.prompts = [self.prompts[i] for i in asked.tolist()]
            b = asked.to(self.runner.device)
            self.prompt_dead = self.prompt_dead[b] if self.prompt_dead is not None else None
            self.prompt_kv = {layer: (k[b], v[b]) for layer, (k, v) in self.prompt_kv.items()}
        self.arrange()


def dead(border: Tensor, width: int, left: bool, device: torch.device) -> Tensor | None:
    """[N, 1, 1, width] True left of each row's border, or from it on; None where no row has such columns."""
    column = torch.arange(width)
    out = column < border[:, None] if left else column >= border[:, None]
    return out[:, None, None].to(device) if bool(out.any()) else None
