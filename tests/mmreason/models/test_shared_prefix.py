"""The shared-prefix plan against the plain one: two calls, merged, are the one softmax, forward and backward."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings

from mmreason.models import shared_prefix
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.shared_prefix import PlainFlash, SharedPrefixPlan, TorchFlash, lengths, places
from tests.mmreason.models.test_varlen_attention import ROWS, SHAPES, assert_same, blocks_of, inputs, outcome

CPU = torch.device("cpu")


@pytest.mark.parametrize("shape", ROWS.values(), ids=ROWS)
def test_forward_and_gradient_are_those_of_the_plain_plan(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total)
    assert_same(outcome(SharedPrefixPlan(blocks, CPU), *tensors), outcome(PackedPlan(blocks), *tensors))


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_any_shape(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total)
    assert_same(outcome(SharedPrefixPlan(blocks, CPU), *tensors), outcome(PackedPlan(blocks), *tensors))


def test_the_places_by_hand() -> None:
    blocks, _ = blocks_of([(2, [1, 0, 2]), (1, []), (1, [1])])
    at = places(blocks, CPU)
    # packed: p0 p1 | a0 | b0 b1 | q0 | r0 | c0
    assert at.own.cu_q.tolist() == at.own.cu_k.tolist() == [0, 2, 3, 5, 6, 7, 8]
    assert (at.own.max_q, at.own.max_k) == (2, 2)
    assert at.rows.tolist() == [2, 3, 4, 7]
    assert at.prompts.tolist() == [0, 1, 6]
    assert (at.cross.cu_q.tolist(), at.cross.cu_k.tolist()) == ([0, 3, 4], [0, 2, 3])
    assert (at.cross.max_q, at.cross.max_k) == (3, 2)


def test_scores_of_very_different_size_do_not_overflow() -> None:
    blocks, total = blocks_of([(6, [4, 3])])
    q, k, v, w = inputs(total)
    k[:, :, :6] *= 300  # the prompt's share is all or nothing
    found = outcome(SharedPrefixPlan(blocks, CPU), q, k, v, w)
    assert all(bool(x.isfinite().all()) for x in found)
    assert_same(found, outcome(PackedPlan(blocks), q, k, v, w), tolerance=1e-4)


@pytest.mark.parametrize("causal", [True, False])
def test_the_plain_calls_own_gradient_is_autograds(causal: bool) -> None:
    rng = torch.Generator().manual_seed(0)
    sizes, keys = [3, 5], [3, 5] if causal else [4, 2]
    of = lengths(sizes, keys, CPU)
    q, k, v, grad = (torch.randn(n, h, 4, generator=rng) for n, h in ((8, 4), (sum(keys), 2), (sum(keys), 2), (8, 4)))
    flash = PlainFlash()
    leaves = [x.clone().requires_grad_() for x in (q, k, v)]
    out, mass, state = flash.forward(leaves[0], leaves[1], leaves[2], of, causal, 0.5)
    wanted = torch.autograd.grad((out * grad).sum(), leaves)
    found = flash.backward(grad, q, k, v, out.detach(), mass.detach(), of, causal, 0.5, state)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found, wanted, strict=True))


def test_torchs_operators_take_what_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order, types and shapes, by torch's own shape functions, which need no GPU. Not the numbers."""
    monkeypatch.setattr(shared_prefix, "in_one_precision", lambda *x: x)
    blocks, total = blocks_of(ROWS["longer than a tile"])
    meta = torch.device("meta")
    tensors = [x.bfloat16().to(meta) for x in inputs(total, 16, 2, 128)]
    found = outcome(SharedPrefixPlan(blocks, meta, TorchFlash()), *tensors)
    assert [x.shape[1] for x in found] == [total, 16, 2, 2]


@pytest.mark.gpu
@pytest.mark.parametrize("shape", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("heads", [(16, 2), (28, 4)], ids=["3b", "7b"])
def test_on_a_gpu(shape: list[tuple[int, list[int]]], heads: tuple[int, int]) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total, *heads, width=128)
    wanted = outcome(PackedPlan(blocks), *tensors, scale=128**-0.5)
    plan = SharedPrefixPlan(blocks, torch.device("cuda"), TorchFlash())
    found = outcome(plan, *(x.cuda().bfloat16() for x in tensors), scale=128**-0.5)
    assert_same([x.cpu() for x in found], wanted, tolerance=2e-2)
