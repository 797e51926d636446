"""The fused head against log-softmax, values and gradients, with the package's plain implementation on CPU."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from mmreason.models import fused_head
from mmreason.models.fused_head import cooled, distance, fused_logprobs, mixed

needs_package = pytest.mark.skipif(
    find_spec(fused_head.PACKAGE) is None, reason="cut-cross-entropy is not installed (pip install mmreason[cuda])"
)
on_cpu = partial(mixed, impl="torch_compile")


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    fused_head.works.cache_clear()
    yield
    fused_head.works.cache_clear()


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in of the package's call in plain torch, so that the backward pass is tested without it too."""

    def loss(e: Tensor, c: Tensor, targets: Tensor, reduction: str, impl: str) -> Tensor:
        assert reduction == "none"
        return torch.nn.functional.cross_entropy((e @ c.T).float(), targets, reduction="none")

    found = SimpleNamespace(linear_cross_entropy=loss)
    monkeypatch.setattr(fused_head, "import_module", lambda _: found)
    return found


def sample(num: int = 9, vocab: int = 37, width: int = 16) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    hidden, weight = (torch.randn(n, width, generator=rng) for n in (num, vocab))
    return hidden, weight / 2, torch.randint(0, vocab, (num,), generator=rng), torch.randn(num, generator=rng)


@needs_package
@pytest.mark.slow
def test_values_and_gradients_by_the_packages_own_implementation() -> None:
    assert distance(on_cpu, *sample()) < 1e-6


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("window", [1, 37, 100, 1 << 20])
def test_values_and_gradients_whatever_the_window(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    monkeypatch.setattr(fused_head, "WINDOW", window)
    assert distance(mixed, *sample()) < 1e-6


@pytest.mark.usefixtures("package")
def test_half_precision_values_are_not_rounded_to_it() -> None:
    hidden, weight, ids, up = sample(num=64)
    found = mixed(hidden.bfloat16(), weight.bfloat16(), ids)
    assert found.dtype == torch.float32
    assert not torch.equal(found, found.bfloat16().float())
    assert distance(mixed, hidden.bfloat16(), weight.bfloat16(), ids, up) < 2e-2


@pytest.mark.usefixtures("package")
def test_a_frozen_head_gets_no_gradient() -> None:
    hidden, weight, ids, _ = sample()
    hidden.requires_grad_()
    mixed(hidden, weight, ids).sum().backward()
    assert hidden.grad is not None
    assert weight.grad is None


@pytest.mark.usefixtures("package")
def test_a_temperature_for_each_token() -> None:
    hidden, weight, ids, _ = sample()
    heat = torch.linspace(0.5, 2, len(ids))
    wanted = ((hidden @ weight.T) / heat[:, None]).log_softmax(-1).gather(1, ids[:, None])[:, 0]
    assert torch.allclose(mixed(cooled(hidden, heat), weight, ids), wanted, atol=1e-5)
    assert cooled(hidden, 1.0) is hidden
    assert torch.allclose(cooled(hidden, 0.5), 2 * hidden)


def test_on_cpu_the_plain_path_is_taken() -> None:
    assert fused_logprobs(*sample()[:3]) is None


def test_the_exact_form_is_taken_where_the_release_has_one(package: SimpleNamespace) -> None:
    assert fused_head.kernel() is mixed

    def loss(e: Tensor, c: Tensor, targets: Tensor, reduction: str, impl: str, accum_e_fp32: bool = False) -> Tensor:
        assert (reduction, impl) == ("none", "cce_exact")
        return torch.nn.functional.cross_entropy(e @ c.T, targets, reduction="none")

    package.linear_cross_entropy = loss
    assert fused_head.kernel() is fused_head.exact
    assert distance(fused_head.exact, *sample()) < 1e-6


@pytest.mark.parametrize("end", [RuntimeError("no kernel\nmore"), 0.5, float("inf")])
def test_a_kernel_that_fails_its_trial_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, end: float | Exception, package: SimpleNamespace
) -> None:
    def trial(*_: object) -> float:
        if isinstance(end, Exception):
            raise end
        return end

    monkeypatch.setattr(fused_head, "distance", trial)
    with caplog.at_level(logging.WARNING, "mmreason"):
        assert not any(fused_head.works(torch.device("cpu"), torch.bfloat16) for _ in range(3))
    (record,) = caplog.records
    assert record.getMessage().startswith("fused head not used: cut_cross_entropy: ")
    assert "more" not in record.getMessage()


@pytest.mark.gpu
@needs_package
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("num", "vocab", "width"), [(1, 1000, 256), (300, 151936, 2048), (777, 152064, 3584)])
def test_on_a_gpu(dtype: torch.dtype, num: int, vocab: int, width: int) -> None:
    hidden, weight, ids, up = (x.cuda() for x in sample(num, vocab, width))
    weight = weight / width**0.5
    assert fused_head.works(hidden.device, dtype)
    assert distance(fused_head.kernel(), hidden.to(dtype), weight.to(dtype), ids, up) < 2e-2
    found = fused_logprobs(hidden.to(dtype), weight.to(dtype), ids, torch.full((num,), 0.7))
    assert found is not None
    wanted = ((hidden.to(dtype).float() @ weight.to(dtype).float().T) / 0.7).log_softmax(-1)
    assert torch.allclose(found, wanted.gather(1, ids[:, None])[:, 0], atol=5e-2)
