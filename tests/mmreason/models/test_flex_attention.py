"""The FlexAttention plan against the plain one, its tiles against the dense mask."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor
from torch.nn.attention import flex_attention as library

from mmreason.models.flex_attention import FlexPlan, block_mask, sight, tiles
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.packing import Block
from tests.mmreason.models.test_varlen_attention import ROWS, SHAPES, assert_same, blocks_of, inputs, outcome

CPU = torch.device("cpu")


def dense(blocks: tuple[Block, ...], total: int) -> Tensor:
    """[T, T] who sees whom, token by token; padding sees the padding before it."""
    owner: list[tuple[int, int]] = []
    for number, block in enumerate(blocks):
        owner += [(number, -1)] * block.prompt
        for row, length in enumerate(block.lengths):
            owner += [(number, row)] * length
    owner += [(-1, -1)] * (total - len(owner))
    sees = torch.zeros(total, total, dtype=torch.bool)
    for q, (prompt, row) in enumerate(owner):
        for k in range(q + 1):
            sees[q, k] = owner[k][0] == prompt and owner[k][1] in (-1, row)
    return sees


@pytest.fixture
def backward_on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let torch's unfused form run backward too: it can, but refuses since the fused one cannot."""
    monkeypatch.setattr(library, "_validate_device", lambda *_: None)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.usefixtures("backward_on_cpu")
@pytest.mark.parametrize("shape", ROWS.values(), ids=ROWS)
def test_forward_and_gradient_are_those_of_the_plain_plan(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total, width=16)
    assert_same(outcome(FlexPlan(blocks, total, CPU), *tensors), outcome(PackedPlan(blocks), *tensors))


@settings(max_examples=40, deadline=None)
@given(SHAPES)
def test_the_tiles_are_those_of_the_dense_mask(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    size = 4
    total += -total % size
    sees = dense(blocks, total).view(total // size, size, total // size, size).transpose(1, 2).flatten(2)
    part, whole = tiles(sight(blocks, total), size)
    assert torch.equal(whole, sees.all(-1))
    assert torch.equal(part, sees.any(-1) & ~sees.all(-1))


def test_the_tiles_are_those_that_torch_finds_from_the_whole_mask() -> None:
    blocks, total = blocks_of([(300, [90, 0, 200]), (40, [130]), (5, [])])
    total += -total % 128
    mine = block_mask(blocks, total, 128, CPU)
    wanted = library.create_block_mask(mine.mask_mod, None, None, total, total, device="cpu", BLOCK_SIZE=128)
    assert torch.equal(mine.to_dense(), wanted.to_dense())
    for name in ("kv_num_blocks", "full_kv_num_blocks", "q_num_blocks", "full_q_num_blocks"):
        assert torch.equal(getattr(mine, name), getattr(wanted, name)), name
    for count, where in (("kv_num_blocks", "kv_indices"), ("full_kv_num_blocks", "full_kv_indices")):
        for n, a, b in zip(
            getattr(mine, count)[0, 0], getattr(mine, where)[0, 0], getattr(wanted, where)[0, 0], strict=True
        ):
            assert torch.equal(a[:n], b[:n])


@settings(max_examples=20, deadline=None)
@given(SHAPES)
def test_every_token_sees_what_it_should(shape: list[tuple[int, list[int]]]) -> None:
    blocks, total = blocks_of(shape)
    total += -total % 8
    index = torch.arange(total)
    found = block_mask(blocks, total, 8, CPU).mask_mod(index, index, index[:, None], index[None])
    assert torch.equal(found, dense(blocks, total))


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_padding_leaves_no_trace() -> None:
    blocks, total = blocks_of([(9, [4, 2])])
    q, k, v, _ = inputs(total, width=16)
    with torch.no_grad():
        few, many = (FlexPlan(blocks, total, CPU, size=size).attend(0, q, k, v, 0.3) for size in (16, 128))
    assert few.shape == (1, total, 4, 16)
    assert torch.allclose(few, many, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_other_lengths_are_not_compiled_again() -> None:
    torch._dynamo.reset()
    graphs: list[object] = []

    def backend(module: torch.fx.GraphModule, _: object) -> object:
        graphs.append(module)
        return module.forward

    kernel = torch.compile(library.flex_attention, dynamic=True, backend=backend)
    for shape in ([(150, [40, 130]), (20, [60])], [(300, [40, 1])], [(500, [90] * 3)], [(700, [20] * 5)]):
        blocks, total = blocks_of(shape)
        plan = FlexPlan(blocks, total, CPU)
        plan.kernel = lambda: kernel  # type: ignore[method-assign]
        q, k, v, _ = inputs(total, width=16)
        with torch.no_grad():
            plan.attend(0, q, k, v, 0.3)
    assert len(graphs) <= 2


@pytest.mark.gpu
@pytest.mark.parametrize("shape", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("heads", [(16, 2), (28, 4)], ids=["3b", "7b"])
@pytest.mark.parametrize("dynamic", [True, False])
def test_on_a_gpu(shape: list[tuple[int, list[int]]], heads: tuple[int, int], dynamic: bool) -> None:
    blocks, total = blocks_of(shape)
    tensors = inputs(total, *heads, width=128)
    wanted = outcome(PackedPlan(blocks), *tensors, scale=128**-0.5)
    plan = FlexPlan(blocks, total, torch.device("cuda"), dynamic=dynamic)
    found = outcome(plan, *(x.cuda().bfloat16() for x in tensors), scale=128**-0.5)
    assert_same([x.cpu() for x in found], wanted, tolerance=2e-2)
