"""Adapters added to the weights below them: every tensor as the plain model has it, and the same answers."""

from __future__ import annotations

import pytest
import torch

from mmreason.models.loading import TINY, load_model
from mmreason.models.merge import merged, merged_weight, plain_tensors
from mmreason.models.optim import AdamW
from mmreason.models.specs import Lora, Policy
from tests.mmreason.models.scene import opened, rows_of, scored
from vision_data.messages import Prompt

TARGETS = (None, r".*(q_proj|visual.*qkv)")


def trained(asked: dict[str, Prompt], lora: Lora, dtype: str = "float32"):
    model, _ = opened(Policy(model=TINY, device="cpu", dtype=dtype, lora=lora, optim=AdamW(lr=0.02)))
    torch.cat(scored(model, rows_of(asked["image"], [4, 6]))[0]).sum().backward()
    model.apply()
    return model


@pytest.mark.parametrize("targets", TARGETS)
def test_plain_tensors_fill_a_plain_model_with_what_was_trained(asked: dict[str, Prompt], targets: str | None) -> None:
    model = trained(asked, Lora(rank=4, targets=targets))
    plain, _ = opened(Policy(model=TINY, device="cpu"))
    found, wanted = dict(plain_tensors(model.core)), dict(plain.core.named_parameters())
    assert found.keys() == wanted.keys()
    changed = [name for name, value in found.items() if not torch.equal(value, wanted[name])]
    assert changed
    assert all("q_proj" in name or "qkv" in name for name in changed) == (targets is not None)
    plain.core.load_state_dict(found, strict=False)
    plain.runner.tower_changed()
    with torch.no_grad():
        rows = rows_of(asked["image"], [5, 3], 9)
        before = torch.cat(scored(model, rows)[0])
        assert torch.allclose(torch.cat(scored(plain, rows)[0]), before, atol=2e-5)
        for name, value in merged(model.core).named_parameters():
            assert torch.equal(value, found[name]), name


def test_a_model_without_adapter_stays_as_it_is() -> None:
    core = load_model(TINY)
    assert merged(core) is core
    assert {n: v.data_ptr() for n, v in plain_tensors(core)} == {n: p.data_ptr() for n, p in core.named_parameters()}


def test_the_sum_is_rounded_once(asked: dict[str, Prompt]) -> None:
    model = trained(asked, Lora(rank=4), "bfloat16")
    layer = model.runner.body.language.layers[0].self_attn.q_proj
    delta = layer.get_delta_weight("default").double()
    exact = layer.base_layer.weight.double() + delta
    assert torch.equal(merged_weight(layer), exact.to(torch.bfloat16))
    with model.core.disable_adapter():
        assert torch.equal(merged_weight(layer), layer.base_layer.weight)
