"""The choice of the attention kernel: what is taken where, what happens when one fails. No GPU is needed for that."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.errors import RecipeError
from mmreason.models import kernels
from mmreason.models.flex_attention import FlexPlan
from mmreason.models.kernels import plan_for
from mmreason.models.packed_attention import PackedPlan
from mmreason.models.shared_prefix import SharedPrefixPlan
from mmreason.models.varlen_attention import Layout, VarlenPlan, plain
from tests.mmreason.models.test_varlen_attention import blocks_of

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
BF16, FP32 = torch.bfloat16, torch.float32
BLOCKS, TOTAL = blocks_of([(5, [3, 2]), (4, [])])


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    kernels.wrong.cache_clear()
    yield
    kernels.wrong.cache_clear()


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> dict[str, float | Exception]:
    """What the trial of each kernel ends in, as if there were a GPU; 0 where nothing is said. Plans stay on CPU."""
    ends: dict[str, float | Exception] = {}

    def distance(name: str, *_: object) -> float:
        end = ends.get(name, 0.0)
        if isinstance(end, Exception):
            raise end
        return end

    build = kernels.made
    monkeypatch.setattr(kernels, "distance", distance)
    monkeypatch.setattr(kernels, "made", lambda name, blocks, _: build(name, blocks, CPU))
    monkeypatch.setattr(kernels, "installed", lambda: ["torch", "flash_attn"])
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "a GPU")
    return ends


@pytest.mark.parametrize("wanted", ["auto", "sdpa"])
def test_on_cpu_it_is_sdpa(wanted: kernels.Kernel) -> None:
    assert isinstance(plan_for(BLOCKS, CPU, FP32, 64, wanted), PackedPlan)


@pytest.mark.parametrize("wanted", ["flex", "varlen"])
def test_on_cpu_a_cuda_kernel_is_refused(wanted: kernels.Kernel) -> None:
    with pytest.raises(RecipeError, match=rf"Policy.attention='{wanted}' needs a CUDA device and .* runs on cpu; take"):
        plan_for(BLOCKS, CPU, FP32, 64, wanted)


def test_an_unknown_kernel_is_refused_everywhere() -> None:
    with pytest.raises(RecipeError, match=r"one of auto, sdpa, flex, varlen; got 'flash'"):
        plan_for(BLOCKS, CPU, FP32, 64, "flash")  # type: ignore[arg-type]


@pytest.mark.usefixtures("trials")
def test_on_cuda_half_precision_takes_flash_and_single_takes_flex() -> None:
    assert isinstance(plan_for(BLOCKS, CUDA, BF16, 128), SharedPrefixPlan)
    found = plan_for(BLOCKS, CUDA, FP32, 128)
    assert isinstance(found, FlexPlan)
    assert found.total == TOTAL
    assert isinstance(plan_for(BLOCKS, CUDA, BF16, 128, "sdpa"), PackedPlan)


def test_a_failing_call_gives_way_to_the_next_and_is_tried_and_logged_once(
    trials: dict[str, float | Exception], caplog: pytest.LogCaptureFixture
) -> None:
    trials |= {"varlen:shared": 0.5, "varlen:torch": RuntimeError("no kernel image\nand more")}
    with caplog.at_level(logging.WARNING, "mmreason"):
        for _ in range(3):
            found = plan_for(BLOCKS, CUDA, BF16, 128)
    assert isinstance(found, VarlenPlan)
    assert found.call is kernels.CALLS["flash_attn"]
    assert [r.getMessage() for r in caplog.records] == [
        "attention kernel not used: varlen:shared is 0.5 away from SDPA in fp32",
        "attention kernel not used: varlen:torch: RuntimeError: no kernel image",
    ]


def test_all_failing_falls_back_to_sdpa(trials: dict[str, float | Exception]) -> None:
    trials |= {
        "varlen:shared": 0.5,
        "varlen:torch": 0.5,
        "varlen:flash_attn": float("inf"),
        "flex": ImportError("no triton"),
    }
    assert isinstance(plan_for(BLOCKS, CUDA, BF16, 128), PackedPlan)


def test_a_wanted_kernel_that_fails_is_an_error_with_its_reasons(trials: dict[str, float | Exception]) -> None:
    trials |= {"varlen:shared": 0.5, "varlen:torch": 0.5, "varlen:flash_attn": ImportError("broken")}
    message = r"'varlen' cannot run on a GPU in bfloat16 with heads of 128: varlen:shared is 0.5 away .*broken; take"
    with pytest.raises(RecipeError, match=message):
        plan_for(BLOCKS, CUDA, BF16, 128, "varlen")


@pytest.mark.usefixtures("trials")
def test_flash_in_single_precision_is_refused() -> None:
    with pytest.raises(RecipeError, match="varlen:torch takes bfloat16 or float16"):
        plan_for(BLOCKS, CUDA, FP32, 128, "varlen")


def test_without_any_package_there_is_still_the_shared_form(
    trials: dict[str, float | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "installed", lambda: [])
    assert isinstance(plan_for(BLOCKS, CUDA, BF16, 128, "varlen"), SharedPrefixPlan)
    kernels.wrong.cache_clear()
    trials["varlen:shared"] = AttributeError("no such operator")
    assert isinstance(plan_for(BLOCKS, CUDA, BF16, 128), FlexPlan)


def test_a_full_memory_is_not_blamed_on_the_kernel(trials: dict[str, float | Exception]) -> None:
    trials["varlen:shared"] = torch.OutOfMemoryError("full")
    with pytest.raises(torch.OutOfMemoryError):
        plan_for(BLOCKS, CUDA, BF16, 128)
    del trials["varlen:shared"]
    assert isinstance(plan_for(BLOCKS, CUDA, BF16, 128), SharedPrefixPlan)


def test_the_trial_tells_a_right_kernel_from_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(q: Tensor, k: Tensor, v: Tensor, lay: Layout, scale: float) -> Tensor:
        """Causal from the other end: query i sees i + 1 keys, whatever the number of keys."""
        out = []
        for n, (a, b) in enumerate(pairwise(lay.cu_q.tolist())):
            keys = slice(int(lay.cu_k[n]), int(lay.cu_k[n]) + b - a)
            one = [x[None].transpose(1, 2) for x in (q[a:b], k[keys], v[keys])]
            found = F.scaled_dot_product_attention(*one, is_causal=True, scale=scale, enable_gqa=True)
            out.append(found[0].transpose(0, 1))
        return torch.cat(out)

    right = {"right": plain, "off": shifted}
    monkeypatch.setattr(kernels, "CALLS", right)
    assert kernels.distance("varlen:right", CPU, FP32, 16, (4, 2)) < 1e-5
    assert kernels.distance("varlen:off", CPU, FP32, 16, (4, 2)) > 0.05


@pytest.mark.gpu
@pytest.mark.parametrize("wanted", ["auto", "sdpa", "flex", "varlen"])
@pytest.mark.parametrize("heads", [(16, 2), (28, 4)], ids=["3b", "7b"])
def test_every_kernel_passes_its_trial_on_a_gpu(wanted: kernels.Kernel, heads: tuple[int, int]) -> None:
    plan_for(BLOCKS, CUDA, BF16, 128, wanted, heads)
    if wanted in ("auto", "flex"):
        plan_for(BLOCKS, CUDA, FP32, 128, wanted, heads)
