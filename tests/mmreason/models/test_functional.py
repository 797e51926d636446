"""Hand-written gradients against autograd, in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLRMSNorm

from mmreason.asks import ChosenLogProb
from mmreason.models.functional import RMSNorm, Rotate, SwiGLU, rms_norm, rotate


def doubles(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed), requires_grad=True)


@pytest.mark.parametrize("shape", [(5, 8), (2, 3, 8), (1, 8)])
def test_rms_norm_and_its_gradient(shape: tuple[int, ...]) -> None:
    x, weight = doubles(*shape), doubles(8, seed=1)
    assert torch.autograd.gradcheck(lambda a, b: RMSNorm.apply(a, b, 1e-5), (x, weight))
    plain = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight
    assert torch.allclose(RMSNorm.apply(x, weight, 1e-5), plain)


def test_rms_norm_of_a_row_of_zeros() -> None:
    x = torch.zeros(2, 8, requires_grad=True)
    out = RMSNorm.apply(x, torch.ones(8), 1e-6)
    out.sum().backward()
    assert bool(out.eq(0).all())
    assert bool(x.grad.isfinite().all())


def test_a_frozen_weight_gets_no_gradient() -> None:
    x, weight = doubles(4, 8), doubles(8).detach()
    RMSNorm.apply(x, weight, 1e-5).sum().backward()
    assert weight.grad is None
    assert x.grad is not None


def test_the_librarys_module_gives_the_same() -> None:
    module, x = Qwen2_5_VLRMSNorm(16, eps=1e-5), torch.randn(7, 16)
    nn.init.normal_(module.weight)
    assert torch.allclose(rms_norm(module, x), module(x), atol=1e-6)


@pytest.mark.parametrize("module", [nn.LayerNorm(16), Qwen2_5_VLRMSNorm(16).bfloat16()])
def test_other_norms_and_mixed_precision_are_left_to_the_module(module: nn.Module) -> None:
    called: list[int] = []
    module.register_forward_hook(lambda *_: called.append(1))
    rms_norm(module, torch.randn(3, 16))
    assert called == [1]


def test_a_rotation_keeps_lengths_and_its_gradient_turns_back() -> None:
    x, angle = doubles(6, 2, 8), doubles(6, 4, seed=1).detach()
    cos, sin = angle.cos()[:, None], angle.sin()[:, None]
    assert torch.autograd.gradcheck(lambda a: Rotate.apply(a, cos, sin), (x,))
    turned = rotate(x, angle.cos(), angle.sin())
    assert torch.allclose(turned.norm(dim=-1), x.norm(dim=-1))
    a, b = x[..., :4], x[..., 4:]
    assert torch.allclose(turned, torch.cat([a * cos - b * sin, b * cos + a * sin], -1))


def test_swiglu_and_its_gradient() -> None:
    gate, up, weight = doubles(3, 5), doubles(3, 5, seed=1), doubles(3, 5, seed=2).detach()
    found = torch.autograd.grad((SwiGLU.apply(gate, up) * weight).sum(), (gate, up))
    wanted = torch.autograd.grad((torch.nn.functional.silu(gate) * up * weight).sum(), (gate, up))
    assert all(torch.allclose(a, b) for a, b in zip(found, wanted, strict=True))


def test_a_second_backward_through_swiglu_is_an_error_not_a_wrong_gradient() -> None:
    out = SwiGLU.apply(doubles(3, 5), doubles(3, 5, seed=1)).sum()
    out.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.backward()


def test_chosen_log_prob_and_its_gradient() -> None:
    logits, ids = doubles(2, 3, 7), torch.tensor([[0, 6, 3], [3, 3, 1]])
    assert torch.autograd.gradcheck(lambda x: ChosenLogProb.apply(x, ids), (logits,))
    plain = logits.log_softmax(-1).gather(-1, ids[..., None])[..., 0]
    assert torch.allclose(ChosenLogProb.apply(logits, ids), plain)


def test_chosen_log_prob_of_huge_logits_is_finite() -> None:
    logits = torch.tensor([[1e4, -1e4, 0.0]], requires_grad=True)
    found = ChosenLogProb.apply(logits, torch.tensor([1]))
    found.backward()
    assert float(found.detach()) == -2e4
    assert torch.allclose(logits.grad, torch.tensor([[-1.0, 1.0, 0.0]]))
