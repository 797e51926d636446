"""Attention within a group-packed row by two flash calls a layer, without a copy of any prompt key.

Softmax over the keys of two places is the sum of two softmaxes, each weighted by its share of the total mass
(arXiv:2205.14135). In one call every prompt and every row attends to itself, causally. In the other all rows of a
prompt, as one sequence of queries, attend to all of the prompt: its keys are read once per tile of queries that may
span rows, where gathered keys are read, and tiles rounded up, once per row. The gradients of both calls are those of
the kernel itself, given the merged output and log-sum-exp: then each finds its own part.

On CUDA the calls are torch's FlashAttention operators, those behind ``torch.nn.attention.varlen``, in the form that
takes a log-sum-exp. On CPU a plain form of the same two functions stands in for tests: layout, merging and gradient
are proved there, the operators only on a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, Protocol

import torch
from torch import Tensor

from mmreason.models.packing import Block
from mmreason.models.varlen_attention import in_one_precision


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """Sequences of one call: where each one's queries and keys start and end, [S + 1] int32."""

    cu_q: Tensor
    cu_k: Tensor
    max_q: int
    max_k: int


def lengths(queries: Sequence[int], keys: Sequence[int], device: torch.device) -> Lengths:
    """Of sequences with so many queries and keys each."""
    cu = [torch.tensor([0, *accumulate(n)], dtype=torch.int32, device=device) for n in (queries, keys)]
    return Lengths(cu[0], cu[1], max(queries, default=0), max(keys, default=0))


class Flash(Protocol):
    """A variable-length attention call that shows its log-sum-exp, and its gradient for a given one."""

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, of: Lengths, causal: bool, scale: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """[N, heads, D] queries; gives output, log-sum-exp [heads, N] float32, and what the backward call wants."""
        ...

    def backward(
        self, grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, mass: Tensor, of: Lengths, causal: bool,
        scale: float, state: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """Gradients of q, k, v, where ``out`` and ``mass`` may be those of a larger softmax."""
        ...


class TorchFlash:
    """FlashAttention as torch carries it: CUDA, bf16 or fp16, heads of at most 256."""

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, of: Lengths, causal: bool, scale: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See ``Flash``."""
        out, mass, state, _, _ = torch.ops.aten._flash_attention_forward(
            q, k, v, of.cu_q, of.cu_k, of.max_q, of.max_k, 0.0, causal, False, scale=scale
        )
        return out, mass, state

    def backward(
        self, grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, mass: Tensor, of: Lengths, causal: bool,
        scale: float, state: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """See ``Flash``. Nothing is dropped out, so the state of the random numbers is not read."""
        none = torch.empty(0, device=q.device)
        args = (of.cu_q, of.cu_k, of.max_q, of.max_k, 0.0, causal, state, none)
        dq, dk, dv = torch.ops.aten._flash_attention_backward(grad, q, k, v, out, mass, *args, scale=scale)
        return dq, dk, dv


class PlainFlash:
    """The same in plain torch, sequence by sequence, on any device: for tests."""

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, of: Lengths, causal: bool, scale: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See ``Flash``."""
        out, mass = torch.empty_like(q), q.new_empty(q.shape[1], len(q))
        for a, b, c, d in sequences(of):
            scores = masked(q[a:b], k[c:d], causal, scale)
            mass[:, a:b] = scores.logsumexp(-1)
            out[a:b] = torch.einsum("hqk,khd->qhd", scores.softmax(-1), spread(v[c:d], q.shape[1]))
        return out, mass, torch.empty(0)

    def backward(
        self, grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, mass: Tensor, of: Lengths, causal: bool,
        scale: float, state: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """See ``Flash``."""
        dq, dk, dv = (torch.empty_like(x) for x in (q, k, v))
        for a, b, c, d in sequences(of):
            p = (masked(q[a:b], k[c:d], causal, scale) - mass[:, a:b, None]).exp()
            slope = torch.einsum("qhd,khd->hqk", grad[a:b], spread(v[c:d], q.shape[1]))
            slope = p * (slope - (grad[a:b] * out[a:b]).sum(-1).T[..., None]) * scale
            dq[a:b] = torch.einsum("hqk,khd->qhd", slope, spread(k[c:d], q.shape[1]))
            for into, weights, rows in ((dk, slope, q), (dv, p, grad)):
                each = torch.einsum("hqk,qhd->khd", weights, rows[a:b])
                into[c:d] = each.unflatten(1, (k.shape[1], -1)).sum(2)
        return dq, dk, dv


def sequences(of: Lengths) -> list[tuple[int, int, int, int]]:
    """Start and end of each sequence's queries and keys."""
    both = zip(pairwise(of.cu_q.tolist()), pairwise(of.cu_k.tolist()), strict=True)
    return [(a, b, c, d) for (a, b), (c, d) in both]


def spread(x: Tensor, heads: int) -> Tensor:
    """[N, kv heads, D] to [N, heads, D]."""
    return x.repeat_interleave(heads // x.shape[1], 1)


def masked(q: Tensor, k: Tensor, causal: bool, scale: float) -> Tensor:
    """[heads, Q, K] scores."""
    scores = torch.einsum("qhd,khd->hqk", q, spread(k, q.shape[1])) * scale
    if not causal:
        return scores
    future = torch.ones(len(q), len(k), dtype=torch.bool, device=q.device).triu(1)
    return scores.masked_fill(future, float("-inf"))


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What both calls see."""

    own: Lengths
    """Every prompt and every row, in packed order."""
    cross: Lengths
    """For each prompt with live rows: all of their tokens over its own."""
    rows: Tensor
    """[N] packed position of each token in a row that has a prompt."""
    prompts: Tensor
    """[P] packed position of each token of a prompt that has live rows."""


def places(blocks: Sequence[Block], device: torch.device) -> Places:
    """Of blocks that lie end to end from 0, as ``pack`` lays them."""
    own = [n for block in blocks for n in (block.prompt, *block.lengths) if n]
    shared = [
        (block.start, block.prompt, sum(block.lengths)) for block in blocks if block.prompt and any(block.lengths)
    ]
    none = torch.zeros(0, dtype=torch.long)
    rows = torch.cat([none, *(torch.arange(at + p, at + p + n) for at, p, n in shared)])
    prompts = torch.cat([none, *(torch.arange(at, at + p) for at, p, _ in shared)])
    cross = lengths([n for _, _, n in shared], [p for _, p, _ in shared], device)
    return Places(lengths(own, own, device), cross, rows.to(device), prompts.to(device))


class SharedPrefix(torch.autograd.Function):
    """[T, heads, D] of queries [T, heads, D] and keys and values [T, kv heads, D]."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, at: Places, scale: float, flash: Flash) -> Tensor:
        """Both calls, merged."""
        out, mass, state = flash.forward(q, k, v, at.own, True, scale)
        ctx.states, ctx.at, ctx.scale, ctx.flash = [state], at, scale, flash
        if len(at.rows):
            few = (q[at.rows], k[at.prompts], v[at.prompts])
            of_prompt, prompt_mass, other = flash.forward(*few, at.cross, False, scale)
            ctx.states.append(other)
            own_mass = mass[:, at.rows]
            both = torch.logaddexp(own_mass, prompt_mass)
            shares = [(x - both).exp().T[..., None] for x in (own_mass, prompt_mass)]
            out[at.rows] = (out[at.rows] * shares[0] + of_prompt * shares[1]).to(out.dtype)
            mass[:, at.rows] = both
        ctx.save_for_backward(q, k, v, out, mass)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Both calls' parts, added."""
        q, k, v, out, mass = ctx.saved_tensors
        at, grad = ctx.at, grads[0].contiguous()
        dq, dk, dv = ctx.flash.backward(grad, q, k, v, out, mass, at.own, True, ctx.scale, ctx.states[0])
        if len(at.rows):
            few = (grad[at.rows], q[at.rows], k[at.prompts], v[at.prompts], out[at.rows], mass[:, at.rows].contiguous())
            of_q, of_k, of_v = ctx.flash.backward(*few, at.cross, False, ctx.scale, ctx.states[1])
            dq[at.rows] += of_q
            dk[at.prompts] += of_k
            dv[at.prompts] += of_v
        return dq, dk, dv, None, None, None


@dataclass(eq=False)
class SharedPrefixPlan:
    """Attention of a packed row by two calls a layer, prompts' keys shared."""

    blocks: Sequence[Block]
    device: torch.device
    flash: Flash = field(default_factory=PlainFlash)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        """Lay out both calls once for all layers."""
        self.places = places(self.blocks, self.device)

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:
        """Give [1, T, heads, D] from q, k, v [1, heads or kv heads, T, D]."""
        q, k, v = (x[0].transpose(0, 1) for x in in_one_precision(q, k, v))
        out: Tensor = SharedPrefix.apply(q, k, v, self.places, scale, self.flash)
        return out[None]
