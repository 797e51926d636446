"""Attention of packed rows against one softmax per row, forward and gradient."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block

HEADS, KV, DIM = 4, 2, 8
Groups = Sequence[tuple[int, Sequence[int]]]


def blocks_of(groups: Groups) -> list[Block]:
    out, at = [], 0
    for prompt, lengths in groups:
        longest, start = max(lengths, default=0), at
        index, alive = torch.full((len(lengths), longest), start), torch.zeros(len(lengths), longest).bool()
        at += prompt
        for r, n in enumerate(lengths):
            index[r, :n], alive[r, :n] = torch.arange(at, at + n), True
            at += n
        out.append(Block(start, prompt, tuple(lengths), index, alive))
    return out


def plain(q: Tensor, k: Tensor, v: Tensor, groups: Groups) -> Tensor:
    """[T, heads, D]: every token over its prompt and its own row."""
    out, at = torch.zeros(q.shape[2], HEADS, DIM, dtype=q.dtype), 0
    k, v = (x[0].repeat_interleave(HEADS // KV, 0) for x in (k, v))
    for prompt, lengths in groups:
        starts = [at + prompt + sum(lengths[:r]) for r in range(len(lengths))]
        for first, num, before in [(at, prompt, 0), *((s, n, prompt) for s, n in zip(starts, lengths, strict=True))]:
            for t in range(first, first + num):
                seen = [*range(at, at + before), *range(first, t + 1)]
                scores = (q[0, :, t, None] * k[:, seen]).sum(-1) * 0.3
                out[t] = (scores.softmax(-1)[..., None] * v[:, seen]).sum(1)
        at += prompt + sum(lengths)
    return out


def inputs(groups: Groups, seed: int = 0) -> list[Tensor]:
    total = sum(p + sum(n) for p, n in groups)
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(1, h, total, DIM, generator=rng, dtype=torch.float64).requires_grad_() for h in (HEADS, KV, KV)]


def read(groups: Groups) -> Tensor:
    """Each prompt's last token, and all of its rows."""
    return torch.cat(
        [torch.arange(b.start + b.prompt - 1, b.start + b.prompt + sum(b.lengths)) for b in blocks_of(groups)]
    )


def same(groups: Groups, tails: bool) -> None:
    ours, theirs = inputs(groups), inputs(groups)
    some = read(groups) if tails else torch.arange(ours[0].shape[2])
    plan = PackedPlan(blocks_of(groups), tails=3 if tails else None)
    q = ours[0][:, :, some] if tails else ours[0]
    found, wanted = plan.attend(3, q, ours[1], ours[2], 0.3)[0], plain(*theirs, groups)[some]
    assert torch.allclose(found, wanted, atol=1e-10)
    weight = torch.randn(found.shape, dtype=found.dtype, generator=torch.Generator().manual_seed(9))
    (found * weight).sum().backward()
    (wanted * weight).sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a.grad, b.grad, atol=1e-9)


@pytest.mark.parametrize("tails", [False, True])
@pytest.mark.parametrize(
    "groups",
    [
        [(5, [3, 3])],
        [(5, [3, 1, 4])],
        [(1, [1])],
        [(4, [])],
        [(4, [0, 2, 0])],
        [(6, [2, 2]), (3, [4, 1]), (2, [])],
    ],
)
def test_every_token_sees_its_prompt_and_its_row(groups: Groups, tails: bool) -> None:
    same(groups, tails)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.lists(st.integers(0, 6), max_size=4)), min_size=1, max_size=3))
def test_for_any_groups(groups: list[tuple[int, list[int]]]) -> None:
    same(groups, tails=True)


def test_only_the_named_layer_has_few_queries() -> None:
    groups = [(5, [3])]
    q, k, v = inputs(groups)
    assert PackedPlan(blocks_of(groups), tails=1).attend(0, q, k, v, 0.3).shape[1] == 8


def test_long_rows_take_several_blocks_of_the_kernel() -> None:
    same([(70, [40, 33])], tails=False)


def test_large_scores_do_not_overflow() -> None:
    groups = [(4, [3, 2])]
    q, k, v = inputs(groups)
    found = PackedPlan(blocks_of(groups)).attend(0, q * 300, k * 300, v, 1.0)
    found.sum().backward()
    assert bool(found.isfinite().all())
    assert bool(q.grad.isfinite().all())
