"""Keys and values while sampling: each prompt's once, each row's own in preallocated space; rows come and leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from mmreason.models.decode_attention import DecodePlan
from mmreason.models.encoded import Encoded
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Packed, pack
from mmreason.models.runner import Runner
from vision_data.messages import Prompt

FIRST = 128
"""Free columns that own caches get at least. They double when they are full, up to what the longest row needs, for most
completions end early."""


class Cached(Protocol):
    """A row: what it goes on from, and how far it is."""

    prefix: Tensor
    """[T0] tokens that were there before."""

    @property
    def prompt(self) -> Prompt: ...
    @property
    def encoded(self) -> Encoded: ...
    @property
    def need(self) -> int: ...
    @property
    def filled(self) -> int: ...


class Cache:
    """Caches of the rows that are being sampled: by layer, [2 (keys, values), kv heads, rows or prompts, columns, D].

    Own caches end in the same column ``at``, where every row's next key goes. So a row that comes later begins in a
    later column and is blind to what is left of it. Columns that nobody uses any more are left behind when the caches
    move.
    """

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.lean = runner.body.lean(runner.autocast is not None)
        self.rows: list[Cached] = []
        self.prompts: list[Encoded] = []
        self.ends: dict[Encoded, Tensor] = {}
        """[H] last state of each prompt: rows that come later start from it."""
        self.prompt_kv: dict[int, Tensor] = {}
        self.own_kv: dict[int, Tensor] = {}
        self.at = self.room = 0

    def seat(self, rows: Sequence[Cached], slots: Sequence[int]) -> Tensor:
        """Make these the rows.

        Args:
            rows: who is there from now on.
            slots: for each of them its number among the rows until now, or -1 for one that comes.

        Returns:
            [M, V] logits of the next token of those that come, in order; [0, V] when nobody does.
        """
        came = [number for number, slot in enumerate(slots) if slot < 0]
        fresh = self.move_prompts(rows, [rows[number].encoded for number in came])
        in_place = len(rows) == len(self.rows) and all(slot in (-1, number) for number, slot in enumerate(slots))
        if not in_place or self.at < max(row.filled for row in rows):
            self.move(rows, slots)
        self.rows = list(rows)
        logits = self.prefill(came, fresh)
        self.look()
        return logits

    def move_prompts(self, rows: Sequence[Cached], came: Sequence[Encoded]) -> set[Encoded]:
        """Make room for prompts that are new, and let go of those that nobody answers; gives the new ones.

        While nobody comes it is worth a copy of the rest only when half of them have no row left.
        """
        asked = {row.encoded for row in rows}
        old = {prompt: i for i, prompt in enumerate(self.prompts) if prompt in asked}
        fresh = [prompt for prompt in dict.fromkeys(came) if prompt not in old]
        few = bool(came) or 2 * len(old) <= len(self.prompts)
        if not fresh and (len(old) == len(self.prompts) or not few):
            return set()
        self.prompts = [*old, *fresh]
        self.ends = {prompt: self.ends[prompt] for prompt in old}
        index = torch.tensor(list(old.values()), dtype=torch.long, device=self.runner.device)
        width, kept = max(map(len, self.prompts)), max(map(len, old), default=0)
        for layer, kv in self.prompt_kv.items():
            new = kv.new_zeros(*kv.shape[:2], len(self.prompts), width, kv.shape[4])
            new[:, :, : len(old), :kept] = kv[:, :, index, :kept]
            self.prompt_kv[layer] = new
        return set(fresh)

    def move(self, rows: Sequence[Cached], slots: Sequence[int]) -> None:
        """Give own caches the shape that these rows need; columns that none of them uses are not taken along."""
        stay = torch.tensor([number for number, slot in enumerate(slots) if slot >= 0], device=self.runner.device)
        source = torch.tensor([slot for slot in slots if slot >= 0], device=self.runner.device)
        kept = max((row.filled for row, slot in zip(rows, slots, strict=True) if slot >= 0), default=0)
        begin = max(row.filled for row in rows)
        end, need = max(begin - row.filled + row.need for row in rows), max(row.need for row in rows)
        room = min(end, max(begin + FIRST, min(2 * begin, need)))
        for layer, kv in self.own_kv.items():
            shape = (*kv.shape[:2], len(rows), room, kv.shape[4])
            old = kv[:, :, :, self.at - kept : self.at]
            if len(stay) == len(rows):
                new = kv.new_empty(shape)
                torch.index_select(old, 2, source, out=new[:, :, :, :begin])
            else:  # zeros, for what is masked is multiplied by 0 and must be finite
                new = kv.new_zeros(shape)
                if len(stay):
                    new[:, :, stay, begin - kept : begin] = old[:, :, source]
            self.own_kv[layer] = new
        self.at, self.room = begin, room

    def look(self) -> None:
        """Find out where each row is, and what it must not see."""
        device = self.runner.device
        number = {prompt: i for i, prompt in enumerate(self.prompts)}
        of_row = [number[row.encoded] for row in self.rows]
        filled = [row.filled for row in self.rows]
        self.positions = torch.tensor(
            [row.encoded.next_position + n for row, n in zip(self.rows, filled, strict=True)], device=device
        )
        self.first = self.at - max(filled)
        width = max(map(len, self.prompts))  # that of a prompt which nobody answers any more, perhaps
        self.dead = dead([len(row.encoded) for row in self.rows], width, [max(filled) - n for n in filled], device)
        self.grid, place = grid(of_row, len(self.prompts))
        self.place = torch.tensor(place, device=device) if place is not None else None

    def prefill(self, came: Sequence[int], fresh: set[Encoded]) -> Tensor:
        """Run prompts that are new and prefixes, within the token budget; gives [M, V] logits of those that come.

        A row without a prefix whose prompt is there already needs no forward.
        """
        states: dict[int, Tensor] = {}
        run = fresh | {self.rows[number].encoded for number in came if len(self.rows[number].prefix)}
        asked: dict[Encoded, list[int]] = {}
        for number in came:
            asked.setdefault(self.rows[number].encoded, []).append(number)
        for portion in self.portions({prompt: numbers for prompt, numbers in asked.items() if prompt in run}):
            states |= self.forward(portion)
        for prompt, numbers in asked.items():
            if prompt not in run:
                self.runner.ledger.add("logical_tokens", len(prompt) * len(numbers))
                states |= dict.fromkeys(numbers, self.ends[prompt])
        last = [states[number] for number in came]
        return self.runner.body.head(torch.stack(last)) if last else torch.zeros(0, self.runner.vocab)

    def portions(self, asked: dict[Encoded, list[int]]) -> Iterator[dict[Encoded, list[int]]]:
        """As many prompts and rows as one forward takes; a prompt with more rows than that runs again for the rest."""
        portion: dict[Encoded, list[int]] = {}
        size = 0
        for prompt, numbers in asked.items():
            for number in numbers:
                own = len(self.rows[number].prefix)
                more = own + (0 if prompt in portion else len(prompt))
                if portion and size + more > self.runner.budget:
                    yield portion
                    portion, size, more = {}, 0, own + len(prompt)
                portion.setdefault(prompt, []).append(number)
                size += more
        if portion:
            yield portion

    def forward(self, portion: dict[Encoded, list[int]]) -> dict[int, Tensor]:
        """Run one portion and keep its keys and values; gives each row's [H] last state."""
        runner, rows = self.runner, self.rows
        packed = pack([(prompt, [rows[n].prefix for n in numbers]) for prompt, numbers in portion.items()])
        runner.count(packed)
        plan = PackedPlan([runner.block_to_device(block) for block in packed.blocks], keep=True)
        prompts = [rows[numbers[0]].prompt for numbers in portion.values()]
        ends = [[block.start + block.prompt - 1, *block.ends()] for block in packed.blocks]
        wanted = torch.tensor([i for of_block in ends for i in of_block], device=runner.device)
        states = iter(runner.states(packed, prompts, plan, wanted))
        for layer, kv in plan.kept.items():
            self.lay(layer, kv, packed, portion)
        found: dict[int, Tensor] = {}
        for prompt, numbers in portion.items():
            self.ends[prompt] = next(states)
            found |= {number: next(states) for number in numbers}
        return found

    def lay(self, layer: int, kv: tuple[Tensor, Tensor], packed: Packed, portion: dict[Encoded, list[int]]) -> None:
        """Copy a packed row's keys and values, [kv heads, T, D] each, to where decoding reads them."""
        if layer not in self.own_kv:
            heads, _, dim = kv[0].shape
            dtype = self.runner.autocast or kv[0].dtype  # autocast would else cast the whole cache in every step
            make = partial(torch.zeros, dtype=dtype, device=self.runner.device)
            self.prompt_kv[layer] = make(2, heads, len(self.prompts), max(map(len, self.prompts)), dim)
            self.own_kv[layer] = make(2, heads, len(self.rows), self.room, dim)
        for source, prompts, rows in zip(kv, self.prompt_kv[layer], self.own_kv[layer], strict=True):
            for block, (prompt, numbers) in zip(packed.blocks, portion.items(), strict=True):
                at = block.start + block.prompt
                prompts[:, self.prompts.index(prompt), : block.prompt] = source[:, block.start : at]
                for number, length in zip(numbers, block.lengths, strict=True):
                    rows[:, number, self.at - length : self.at] = source[:, at : at + length]
                    at += length

    def step(self, tokens: Tensor) -> Tensor:
        """Run one token for each row, [N]; gives [N, V] logits."""
        runner = self.runner
        if self.at == self.room:
            self.move(self.rows, range(len(self.rows)))
            self.look()
        plan = DecodePlan(self.prompt_kv, self.own_kv, self.first, self.at, self.dead, self.grid, self.place)
        if self.lean is not None:
            logits = self.lean(tokens, self.positions, plan)
        else:
            logits = runner.body.head(runner.sharding.forward(partial(self.decode, tokens, plan)))
        runner.ledger.add("decode_steps")
        runner.ledger.add("completion_tokens", len(tokens))
        runner.ledger.add("logical_tokens", len(tokens))
        self.at += 1
        self.positions = self.positions + 1
        return logits

    def decode(self, tokens: Tensor, plan: DecodePlan) -> Tensor:
        """[N, H] states of one token for each row."""
        body = self.runner.body
        return body.states(body.embed(tokens[None]), self.positions.expand(3, -1), plan)


def dead(prompts: Sequence[int], width: int, starts: Sequence[int], device: torch.device) -> Tensor | None:
    """[N, 1, W] True behind the end of each row's prompt, and before its start among the own columns, which follow.

    Args:
        prompts: tokens of each row's prompt.
        width: columns of the prompts' cache.
        starts: first own column of each row.
        device: where the mask is made.

    Returns:
        None where no row has such columns.
    """
    latest = max(starts)
    if width == min(prompts) and not latest:
        return None
    column = torch.arange(width + latest, device=device)
    end, start = (torch.tensor(x, device=device)[:, None, None] for x in (prompts, starts))
    return torch.where(column < width, column >= end, column - width < start)


def grid(of_row: Sequence[int], num_prompts: int) -> tuple[tuple[int, int], list[int] | None]:
    """Shape (B, Gmax) that holds each row in the line of its prompt, and the flat places of the rows in it.

    Args:
        of_row: prompt number of each row.
        num_prompts: B.

    Returns:
        Shape and places; no places where the rows fill the grid in order.
    """
    wide = max(Counter(of_row).values())
    seen: Counter[int] = Counter()
    place = []
    for prompt in of_row:
        place.append(prompt * wide + seen[prompt])
        seen[prompt] += 1
    return (num_prompts, wide), None if place == list(range(num_prompts * wide)) else place
