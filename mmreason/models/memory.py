"""How much memory a policy needs to learn, told from its configuration alone: no weights are loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import torch

from mmreason.models.loading import DTYPES
from mmreason.models.specs import Ema, Frozen, Policy

LOGITS = 4
"""Float32 values kept for each logit of a window: the logits, their softmax, and what their gradients take."""


@dataclass(frozen=True)
class Memory:
    """Bytes on the device of one rank, without sharding and without what the allocator wastes."""

    weights: int
    """Of the policy."""
    copies: int
    """Of references and averages that hold weights of their own."""
    gradients: int
    optimiser: int
    """AdamW's two moments."""
    activations: int
    """Of the largest forward and backward: what the layers of decoder and tower keep."""
    logits: int
    """One window of them."""

    @property
    def total(self) -> int:
        """All of it."""
        return sum(asdict(self).values())


def estimate(skeleton: Any, policy: Policy, others: Iterable[Any], tokens: int, patches: int, window: int) -> Memory:
    """Add up what one learning step keeps.

    Attention of packed rows takes memory that is linear in their tokens, so nothing here is quadratic. On a device
    without room for the rest, ``Policy.budget`` lowers the tokens of a forward and ``Policy.checkpointing`` what a
    layer keeps.

    Args:
        skeleton: the policy's modules, frozen and with its adapter; on the ``meta`` device for instance.
        policy: its spec.
        others: specs of the other roles.
        tokens: packed tokens of the largest forward.
        patches: patches of the media in it; those of a frozen tower keep nothing.
        window: positions whose logits exist at a time.
    """
    every = list(skeleton.parameters())
    size = DTYPES[policy.dtype].itemsize
    learning = sum(p.numel() for p in every if p.requires_grad)
    weights = sum(p.numel() for p in every)
    base = skeleton.get_base_model() if hasattr(skeleton, "get_base_model") else skeleton
    act = torch.bfloat16.itemsize if policy.autocast else size
    kept = tokens * per_token(base.config.get_text_config(), policy.checkpointing) * act
    if patches and tower_learns(base):
        kept += patches * per_patch(base.config.vision_config, policy.checkpointing) * act
    return Memory(
        weights=weights * size,
        copies=sum(copy_bytes(spec, policy, learning, size) for spec in others),
        gradients=learning * size,
        optimiser=2 * learning * size,
        activations=kept,
        logits=window * int(base.config.get_text_config().vocab_size) * 4 * LOGITS,
    )


def tower_learns(base: Any) -> bool:
    """Say whether the vision tower keeps anything for a backward pass."""
    visual = getattr(getattr(base, "model", None), "visual", None)
    return visual is not None and any(p.requires_grad for p in visual.parameters())


def per_token(config: Any, checkpointing: bool) -> int:
    """Values that the decoder keeps for a token: of the norms, queries, keys, values, output, and the feed-forward.

    With checkpointing each layer keeps its input, and one layer at a time all of it.
    """
    hidden, heads = int(config.hidden_size), int(getattr(config, "num_attention_heads", None) or 1)
    kv = int(getattr(config, "num_key_value_heads", None) or heads)
    dim = int(getattr(config, "head_dim", None) or hidden // heads)
    wide = getattr(config, "intermediate_size", None) or getattr(config, "ffn_dim", None) or 4 * hidden
    layer = 4 * hidden + (2 * heads + 2 * kv) * dim + 4 * int(wide)
    return int(config.num_hidden_layers) * hidden + layer if checkpointing else int(config.num_hidden_layers) * layer


def per_patch(config: Any, checkpointing: bool) -> int:
    """Values that the vision tower keeps for a patch."""
    hidden = int(getattr(config, "hidden_size", 0) or config.embed_dim)
    layer = 8 * hidden + 4 * int(getattr(config, "intermediate_size", 4 * hidden))
    return int(config.depth) * hidden + layer if checkpointing else int(config.depth) * layer


def copy_bytes(spec: Any, policy: Policy, learning: int, size: int) -> int:
    """Bytes of a role made from the policy: weights that never change are shared, an adapter is switched off."""
    if isinstance(spec, Frozen):
        return 0 if policy.lora else learning * size
    return learning * torch.float32.itemsize if isinstance(spec, Ema) else 0


def written(num_bytes: int) -> str:
    """A size for people.

    >>> written(3 * 2**30)
    '3.0 GiB'
    """
    value, unit = float(num_bytes), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
