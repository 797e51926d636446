"""Attention while sampling: one token per row over its prompt's keys, which are kept once, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(eq=False)
class DecodePlan:
    """One token for each of N rows, against the prompt's cache (kept once) and the row's own.

    All rows' own caches end in the same column, so a step writes one column and needs no mask for what comes later.
    Heads are the leading axis of caches and scores: the rows of a prompt, and all rows, are then two views of the same
    memory.
    """

    prompts: Mapping[int, Tensor]
    """Layer to keys and values of all B prompts, [2, kv heads, B, Pmax, D]."""
    own: Mapping[int, Tensor]
    """Layer to the rows' preallocated keys and values, [2, kv heads, N, capacity, D]."""
    first: int
    """First column of the own caches that any row uses."""
    at: int
    """Column of this token in the own caches."""
    dead: Tensor | None
    """[N, 1, W] True where a row must not look, among Pmax prompt columns and the first own ones (a prompt that is
    shorter, a row that began later); None where no row has such columns."""
    grid: tuple[int, int]
    """(B, Gmax): room for the rows of each prompt side by side."""
    place: Tensor | None
    """[N] flat index of each row in the grid; None where the rows fill it in order."""

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, N, heads, D] from q [1, heads, N, D] and k, v [1, kv heads, N, D]."""
        _, kv, num, dim = k.shape
        rep = q.shape[1] // kv
        own = self.own[layer][:, :, :, self.first : self.at + 1]
        own[0, :, :, -1], own[1, :, :, -1] = k[0], v[0]
        own_keys, own_values = own.flatten(1, 2)
        keys, values = self.prompts[layer].flatten(1, 2)
        rows = (q[0].unflatten(0, (kv, rep)).transpose(1, 2) * scale).reshape(kv * num, rep, dim)
        # the prompt's keys are read once for all its rows
        of_prompt = self.from_grid(torch.bmm(self.to_grid(rows), keys.transpose(1, 2)), num, rep)
        of_own = torch.bmm(rows, own_keys.transpose(1, 2))
        scores = torch.cat([of_prompt, of_own], 2)
        if self.dead is not None:
            scores.unflatten(0, (kv, num))[..., : self.dead.shape[2]].masked_fill_(self.dead, float("-inf"))
        weights = scores.softmax(-1, dtype=torch.float32).to(q.dtype)
        of_prompt, of_own = weights.split([keys.shape[1], own_keys.shape[1]], 2)
        of_prompt = self.from_grid(torch.bmm(self.to_grid(of_prompt), values), num, rep)
        o = torch.baddbmm(of_prompt, of_own, own_values)
        out: Tensor = o.view(kv, num, rep, dim).transpose(0, 1).reshape(1, num, kv * rep, dim)
        return out

    def to_grid(self, x: Tensor) -> Tensor:
        """[kv * N, rep, W] to [kv * B, Gmax * rep, W], zeros where the grid has no row."""
        (groups, wide), (_, rep, width) = self.grid, x.shape
        if self.place is not None:
            x = x.unflatten(0, (-1, len(self.place)))
            x = x.new_zeros(len(x), groups * wide, rep, width).index_copy_(1, self.place, x)
        return x.reshape(-1, wide * rep, width)

    def from_grid(self, x: Tensor, num: int, rep: int) -> Tensor:
        """[kv * B, Gmax * rep, W] back to [kv * N, rep, W]."""
        if self.place is None:
            return x.view(-1, rep, x.shape[2])
        (groups, wide), width = self.grid, x.shape[2]
        return x.view(-1, groups * wide, rep, width).index_select(1, self.place).view(-1, rep, width)
