"""From an adapted model to a plain one: adapters added to the weights below them, four-bit weights written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.models.lora import plain_weight


def is_adapted(module: Any) -> bool:
    """Say whether a module is a layer with an adapter beside it."""
    return hasattr(module, "base_layer") and hasattr(module, "get_delta_weight")


@torch.no_grad()
def merged_weight(module: Any) -> Tensor:
    """The weight of a layer with its adapter added, in the precision of the weight; added up in single precision.

    Of QLoRA it is the sum of the four-bit weight, written out, and the adapter: what was trained. The sum of the
    original weight and the adapter would be another model, which nobody has measured.
    """
    if not is_adapted(module):
        return plain_weight(module).detach()
    weight = plain_weight(module.base_layer).detach()
    if module.merged or module.disable_adapters:
        return weight
    deltas = [module.get_delta_weight(name).float() for name in module.active_adapters]
    return torch.stack([weight.float(), *deltas]).sum(0).to(weight.dtype) if deltas else weight


def plain_tensors(core: Any) -> Iterator[tuple[str, Tensor]]:
    """Every weight by the name that it has in the model without any adapter; one at a time, so that none piles up.

    Weights that are tied come once, as in ``named_parameters``.
    """
    base = base_of(core)
    layers = special(base)
    below = {f"{name}.base_layer": name for name, part in layers.items() if is_adapted(part)}
    for name, value in base.named_parameters():
        parent, _, last = name.rpartition(".")
        if "lora_" not in name:
            owner = below.get(parent, parent)
            merge = last == "weight" and owner in layers
            yield f"{owner}.{last}", merged_weight(layers[owner]) if merge else value.detach()


def base_of(core: Any) -> Any:
    """The causal language model itself."""
    return core.get_base_model() if hasattr(core, "get_base_model") else core


def special(base: Any) -> dict[str, Any]:
    """Layers by name that are not as transformers made them: adapted, or in four bits."""
    found = {name: part for name, part in base.named_modules() if is_adapted(part)}
    inner = {f"{name}.base_layer" for name in found}
    return found | {name: p for name, p in base.named_modules() if is_quantised(p) and name not in {*found, *inner}}


def is_quantised(module: Any) -> bool:
    """Say whether a layer's weight is kept in four bits."""
    return getattr(getattr(module, "weight", None), "quant_state", None) is not None


def merged(core: Any) -> nn.Module:
    """Take the adapter of a model into its weights, in place; gives the plain model of transformers.

    A model without adapter is given back as it is.
    """
    base = base_of(core)
    for name, part in special(base).items():
        parent, _, last = name.rpartition(".")
        setattr(base.get_submodule(parent), last, plain_layer(part))
    return base  # type: ignore[no-any-return]


def plain_layer(module: Any) -> nn.Module:
    """The layer itself with its adapter in it."""
    weight, layer = merged_weight(module), getattr(module, "base_layer", module)
    if is_quantised(layer):
        bias, layer = layer.bias, nn.Linear(layer.in_features, layer.out_features, layer.bias is not None, "meta")
        layer.bias = bias
    layer.weight = nn.Parameter(weight, requires_grad=False)
    return layer  # type: ignore[no-any-return]
