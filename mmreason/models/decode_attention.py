"""Attention while sampling: one token per row over its prompt's keys, which are kept once, and its own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(eq=False)
class DecodePlan:
    """One token for each of N rows, against the prompt's cache (kept once) and the row's own.

    All rows' own caches end in the same column, so a step writes one column and needs no mask for what comes later.
    """

    prompts: dict[int, tuple[Tensor, Tensor]]
    """Layer to keys and values of all B prompts, [B, kv heads, Pmax, D]."""
    prompt_dead: Tensor | None
    """[B, 1, 1, Pmax] True on padding; None where there is none."""
    own: dict[int, tuple[Tensor, Tensor]]
    """Layer to the rows' preallocated keys and values, [N, kv heads, capacity, D]."""
    own_dead: Tensor | None
    """[N, 1, 1, L] True on padding left of the shorter of the rows' prefixes (L is the longest); None without any."""
    at: int
    """Column of this token in the own caches."""
    grid: tuple[int, int]
    """(B, Gmax): room for the rows of each prompt side by side."""
    place: Tensor | None
    """[N] flat index of each row in the grid; None where the rows fill it in order."""

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, N, heads, D] from q [1, heads, N, D] and k, v [1, kv heads, N, D]."""
        num, kv, dim = q.shape[2], k.shape[1], q.shape[3]
        own_k, own_v = (cache[:, :, : self.at + 1] for cache in self.own[layer])
        own_k[:, :, -1], own_v[:, :, -1] = k[0].transpose(0, 1), v[0].transpose(0, 1)
        keys, values = self.prompts[layer]
        q_N = (q[0].transpose(0, 1) * scale).reshape(num, kv, -1, dim)
        # the prompt's keys are read once for all its rows
        of_prompt = blank(self.to_grid(q_N) @ keys.transpose(2, 3), self.prompt_dead)
        of_own = blank(q_N @ own_k.transpose(2, 3), self.own_dead)
        scores = torch.cat([self.from_grid(of_prompt, q_N.shape[2]), of_own], 3)
        weights = scores.softmax(-1, dtype=torch.float32).to(q.dtype)
        of_prompt, of_own = weights.split([keys.shape[2], self.at + 1], 3)
        o = self.from_grid(self.to_grid(of_prompt) @ values, q_N.shape[2]) + of_own @ own_v
        out: Tensor = o.reshape(1, num, -1, dim)
        return out

    def to_grid(self, x: Tensor) -> Tensor:
        """[N, kv, rep, W] to [B, kv, Gmax * rep, W], zeros where the grid has no row."""
        groups, wide = self.grid
        if self.place is not None:
            x = x.new_zeros(groups * wide, *x.shape[1:]).index_copy_(0, self.place, x)
        return x.view(groups, wide, *x.shape[1:]).transpose(1, 2).flatten(2, 3)

    def from_grid(self, x: Tensor, rep: int) -> Tensor:
        """[B, kv, Gmax * rep, W] back to [N, kv, rep, W]."""
        x = x.view(*x.shape[:2], self.grid[1], rep, x.shape[3]).transpose(1, 2).flatten(0, 1)
        return x if self.place is None else x[self.place]


def blank(scores: Tensor, dead: Tensor | None) -> Tensor:
    """No weight for padding, which stands in the leading columns."""
    if dead is not None:
        scores[..., : dead.shape[-1]].masked_fill_(dead, float("-inf"))
    return scores
