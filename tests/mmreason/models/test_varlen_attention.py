"""The variable-length plan against the plain one, the gathering against what it stands for."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmreason.models import varlen_attention
from mmreason.models.attention import Plan
from mmreason.models.encoded import Encoded
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block, pack
from mmreason.models.varlen_attention import CALLS, Gather, VarlenPlan, installed, layout

CPU = torch.device("cpu")
ROWS: dict[str, list[tuple[int, list[int]]]] = {
    "ragged rows": [(7, [5, 1, 3])],
    "several prompts": [(7, [5, 1]), (2, [4]), (9, [2, 2, 6])],
    "an empty row": [(4, [3, 0, 2])],
    "only empty rows": [(4, [0, 0]), (3, [2])],
    "a prompt without rows": [(5, []), (6, [3])],
    "one prompt alone": [(8, [])],
    "one token of each": [(1, [1])],
    "longer than a tile": [(150, [40, 130, 1]), (20, [60])],
}
SHAPES = st.lists(st.tuples(st.integers(1, 12), st.lists(st.integers(0, 9), max_size=4)), min_size=1, max_size=4)


def blocks_of(shape: list[tuple[int, list[int]]]) -> tuple[tuple[Block, ...], int]:
    """Blocks with these prompts and rows, and the tokens of all."""
    work = [
        (
            Encoded(torch.zeros(prompt).long(), torch.zeros(3, prompt).long(), prompt, (), ""),
            [torch.zeros(n).long() for n in rows],
        )
        for prompt, rows in shape
    ]
    packed = pack(work)
    return packed.blocks, len(packed.ids)


def inputs(total: int, heads: int = 4, kv_heads: int = 2, width: int = 8, seed: int = 0) -> list[Tensor]:
    """Queries, keys, values [1, heads, total, width], and weights for the output."""
    rng = torch.Generator().manual_seed(seed)
    shapes = [(1, n, total, width) for n in (heads, kv_heads, kv_heads)] + [(1, total, heads, width)]
    return [torch.randn(shape, generator=rng) for shape in shapes]


def outcome(plan: Plan, q: Tensor, k: Tensor, v: Tensor, w: Tensor, scale: float = 0.3) -> list[Tensor]:
    """Output, and gradients of queries, keys and values."""
    leaves = [x.clone().requires_grad_() for x in (q, k, v)]
    out = plan.attend(0, *leaves, scale)
    (out * w.to(out)).sum().backward()
    return [out.detach(), *(x.grad for x in leaves if x.grad is not None)]


def assert_same(found: list[Tensor], wanted: list[Tensor], tolerance: float = 1e-5) -> None:
    assert len(found) == len(wanted) == 4
    for a, b in zip(found, wanted, strict=True):
        assert a.shape == b.shape
        # what sees a single key has no gradient but for rounding, which differs from CPU to CPU
        assert float((a.float() - b.float()).norm()) <= tolerance * max(float(b.float().norm()), 0.1)


@pytest.mark.parametrize("shape", ROWS.values(), ids=ROWS)
def test_forward_and_gradient_are_those_of_the_plain_plan(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total)
    assert_same(outcome(VarlenPlan(blocks, CPU), *tensors), outcome(PackedPlan(blocks), *tensors))


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_any_shape(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total)
    assert_same(outcome(VarlenPlan(blocks, CPU), *tensors), outcome(PackedPlan(blocks), *tensors))


def test_the_layout_by_hand() -> None:
    blocks, _ = blocks_of([(2, [1, 0, 2]), (1, [])])
    lay = layout(blocks, CPU)
    # packed: p0 p1 | a0 | b0 b1 | q0
    assert lay.cu_q.tolist() == [0, 2, 3, 5, 6]
    assert lay.cu_k.tolist() == [0, 2, 5, 9, 10]
    assert lay.index.tolist() == [0, 1, 0, 1, 2, 0, 1, 3, 4, 5]
    assert lay.own.tolist() == [0, 1, 4, 7, 8, 9]
    assert [(start, at.tolist()) for start, at in lay.copies] == [(0, [[2, 3], [5, 6]])]
    assert (lay.max_q, lay.max_k) == (2, 4)
    assert lay.cu_q.dtype == lay.cu_k.dtype == torch.int32  # what the kernels take


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_no_sequence_is_empty_and_every_token_is_a_query_once(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    lay = layout(blocks, CPU)
    assert int(lay.cu_q[-1]) == total
    assert bool((lay.cu_q.diff() > 0).all())  # an empty one trips FlashAttention 2 when all others have one token
    assert bool((lay.cu_k.diff() >= lay.cu_q.diff()).all())
    assert torch.equal(lay.index[lay.own], torch.arange(total))


@settings(max_examples=30, deadline=None)
@given(SHAPES)
def test_the_gathers_gradient_is_that_of_index_select(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    lay = layout(blocks, CPU)
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(total, 2, 3, generator=rng, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(len(lay.index), 2, 3, generator=rng, dtype=torch.float64)
    (found,) = torch.autograd.grad((Gather.apply(x, lay) * weights).sum(), x)
    (wanted,) = torch.autograd.grad((x.index_select(0, lay.index) * weights).sum(), x)
    assert torch.allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_a_prompts_gradient_is_added_up_in_single_precision() -> None:
    blocks, _ = blocks_of([(1, [1] * 512)])
    lay = layout(blocks, CPU)
    x = torch.zeros(513, 1, 1, dtype=torch.bfloat16, requires_grad=True)
    Gather.apply(x, lay).sum().backward()
    assert x.grad is not None
    assert float(x.grad[0]) == 512.0  # 513 rounded to bfloat16; adding ones in bfloat16 stops at 256


def test_autocast_gives_its_precision_to_every_input() -> None:
    blocks, total = blocks_of([(3, [2])])
    q, k, v, _ = inputs(total)
    seen: list[torch.dtype] = []

    def call(q: Tensor, k: Tensor, v: Tensor, lay: varlen_attention.Layout, scale: float) -> Tensor:
        seen.extend(x.dtype for x in (q, k, v))
        return varlen_attention.plain(q, k, v, lay, scale)

    plan = VarlenPlan(blocks, CPU, call)
    with torch.autocast("cpu", torch.bfloat16):
        assert plan.attend(0, q, k, v.bfloat16(), 0.3).dtype == torch.bfloat16
    plan.attend(0, q, k, v, 0.3)
    assert seen == [torch.bfloat16] * 3 + [torch.float32] * 3


def test_torchs_own_call_is_found_and_comes_before_the_package() -> None:
    found = installed()
    assert found == [name for name in CALLS if name in found]
    assert ("torch" in found) == varlen_attention.has_varlen()


def test_torchs_call_takes_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, order, types and shapes, by torch's own shape functions, which need no GPU. Not the numbers."""
    if not varlen_attention.has_varlen():
        pytest.skip("this torch has no call with grouped keys and a causal window")
    monkeypatch.setattr(varlen_attention, "in_one_precision", lambda *x: x)
    blocks, total = blocks_of(ROWS["longer than a tile"])
    meta = torch.device("meta")
    tensors = [x.bfloat16().to(meta) for x in inputs(total, 16, 2, 128)]
    found = outcome(VarlenPlan(blocks, meta, CALLS["torch"]), *tensors)
    assert [x.shape[1] for x in found] == [total, 16, 2, 2]


@pytest.mark.gpu
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("shape", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("heads", [(16, 2), (28, 4)], ids=["3b", "7b"])
def test_on_a_gpu(name: str, shape: list[tuple[int, list[int]]], heads: tuple[int, int]) -> None:
    if name not in installed():
        pytest.skip(f"{name} is not installed")
    blocks, total = blocks_of(shape)
    tensors = inputs(total, *heads, width=128)
    wanted = outcome(PackedPlan(blocks), *tensors, scale=128**-0.5)
    plan = VarlenPlan(blocks, torch.device("cuda"), CALLS[name])
    found = outcome(plan, *(x.cuda().bfloat16() for x in tensors), scale=128**-0.5)
    assert_same([x.cpu() for x in found], wanted, tolerance=2e-2)
