"""A model counted on the ``meta`` device: parameters by component, and the sizes that memory and work follow from."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from typing import Any

import torch

from mmreason.errors import CheckpointError, RecipeError
from mmreason.models.families import body_for, linears
from mmreason.models.loading import auto_class, load_config, quiet
from mmreason.models.lora import adapted
from mmreason.models.memory import per_patch, per_token
from mmreason.models.specs import Policy, freeze
from mmreason.plan.known import known_config


@dataclass(frozen=True)
class Component:
    """Part of a model: ``language``, ``head``, ``vision``, ``merger``, ``adapter``."""

    name: str
    learns: int
    """Trainable parameters."""
    num: int
    """All parameters."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A policy in numbers; nothing of it is in memory."""

    model: str
    components: tuple[Component, ...]
    layers: int
    largest_layer: int
    """Parameters of one layer of the decoder."""
    linear: int
    """Parameters of the language model's linear layers, which QLoRA rounds."""
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    per_token: int
    """Values that a token leaves for the backward pass."""
    per_patch: int
    """The same of a patch in a tower that learns; 0 for a frozen one or none."""
    patch_values: int
    """Numbers of the pixels of one patch; 0 without a tower."""

    @property
    def num(self) -> int:
        """All parameters."""
        return sum(part.num for part in self.components)

    @property
    def learns(self) -> int:
        """Trainable ones."""
        return sum(part.learns for part in self.components)

    @property
    def tower(self) -> int:
        """Parameters of the vision tower, its merger included."""
        return sum(part.num for part in self.components if part.name in ("vision", "merger"))

    @property
    def kv_values(self) -> int:
        """Keys and values that a token keeps while completions are sampled."""
        return 2 * self.layers * self.kv_heads * self.head_dim


def configuration(model: str) -> Any:
    """The configuration: of a folder, of a known checkpoint, or from the hub.

    Raises:
        CheckpointError: none of these; with the remedy.
    """
    known = known_config(model)
    if known is not None:
        return known
    try:
        return load_config(model)
    except CheckpointError as error:
        raise CheckpointError(f"{error}; --plan needs no weights, but a config.json: give --model FOLDER") from None


def counted(policy: Policy) -> Counted:
    """Build the modules without memory, freeze and adapt them as the policy says, and count.

    Raises:
        CheckpointError: there is no configuration.
        RecipeError: the policy freezes everything, or names components that are not there.
    """
    config = configuration(policy.model)
    with torch.device("meta"), quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # from peft to transformers
        core: Any = auto_class(config).from_config(config)
        base = core
        if policy.lora:
            core = adapted(core, replace(policy.lora, bits=None), linears(config))
    body = body_for(core, config)
    freeze(body, policy)
    parts = components(core, body.towers())
    if not any(part.learns for part in parts):
        raise RecipeError("the policy has nothing to learn with: every component is frozen; unfreeze one")
    text, vision = base.config.get_text_config(), getattr(base.config, "vision_config", None)
    heads = int(text.num_attention_heads)
    tower_learns = vision is not None and any(p.learns for p in parts if p.name in ("vision", "merger"))
    return Counted(
        model=policy.model,
        components=parts,
        layers=int(text.num_hidden_layers),
        largest_layer=max(
            sum(p.numel() for p in layer.parameters()) for layer in layers_of(base, int(text.num_hidden_layers))
        ),
        linear=linear_of(base, linears(config)),
        hidden=int(text.hidden_size),
        heads=heads,
        kv_heads=int(getattr(text, "num_key_value_heads", None) or heads),
        head_dim=int(getattr(text, "head_dim", None) or text.hidden_size // heads),
        vocab=int(text.vocab_size),
        per_token=per_token(text, policy.checkpointing),
        per_patch=per_patch(vision, policy.checkpointing) if tower_learns else 0,
        patch_values=patch_values(vision),
    )


def components(core: Any, towers: Any) -> tuple[Component, ...]:
    """Each parameter once: the adapter's apart, the merger's not in the tower, tied ones in the language model."""
    adapter = [p for name, p in core.named_parameters() if "lora_" in name]
    seen, out = {id(p) for p in adapter}, {}
    for name in sorted(towers, key=lambda name: name == "vision"):
        own = [p for p in towers[name].parameters() if id(p) not in seen]
        seen |= {id(p) for p in own}
        out[name] = Component(name, sum(p.numel() for p in own if p.requires_grad), sum(p.numel() for p in own))
    told = [out[name] for name in towers if out[name].num]
    size = sum(p.numel() for p in adapter)
    return (*told, Component("adapter", size, size)) if size else tuple(told)


def layers_of(base: Any, num: int) -> list[Any]:
    """The decoder's layers."""
    for module in base.modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == num and hasattr(module[0], "self_attn"):
            return list(module)
    return [base]


def linear_of(base: Any, pattern: str) -> int:
    """Parameters of the linear layers that an adapter would stand on, whether there is one or not."""
    found = 0
    for name, module in base.named_modules():
        name = name.replace(".base_layer", "")
        if isinstance(module, torch.nn.Linear) and "lora_" not in name and re.fullmatch(pattern, name):
            found += sum(p.numel() for p in module.parameters())
    return found


def patch_values(vision: Any) -> int:
    """Numbers in a patch: channels, frames, height and width."""
    if vision is None:
        return 0
    channels = int(getattr(vision, "in_channels", 3))
    return channels * int(vision.temporal_patch_size) * int(vision.patch_size) ** 2
