"""One token for each of N rows through a small decoder: the same arithmetic in a third of the calls.

Sampling with a small model, or on a CPU, spends its time between operations, not in them: thirty matrix products of a
few rows each, and ten times as many small steps around them. Here the projections of a layer are laid side by side,
adapters are merged, and residuals are added by the product itself. That takes a copy of the weights for the time of a
rollout, so large models, and those under autocast or sharding, go through ``Decoder`` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmreason.models.attention import Plan

LIMIT = 1 << 28
"""Bytes of weights that may be copied."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer's weights; W [in, out] for products that add to the residual, [out, in] for the others."""

    norms: tuple[Tensor, Tensor]
    eps: float
    qkv: Tensor
    bias: Tensor | None
    heads: tuple[Tensor, Tensor] | None
    """Weights of the norms of queries and keys (Qwen3)."""
    out: Tensor
    gate_up: Tensor
    down: Tensor
    scale: float


class LeanStep:
    """The decoder of a body, frozen as it is now."""

    def __init__(self, body: Any) -> None:
        decoder, language = body.decoder, body.language
        self.body, self.head_dim, self.num_heads = body, decoder.head_dim, decoder.num_heads
        self.layers = [laid(layer) for layer in language.layers]
        self.norm, self.eps = language.norm.weight, float(language.norm.variance_epsilon)
        rope = language.rotary_emb
        self.rates, self.scaling = rope.inv_freq.float(), float(rope.attention_scaling)

    @classmethod
    def of(cls, body: Any, autocast: bool) -> LeanStep | None:
        """Copy the weights of a body, if it is small and plain enough."""
        parameters = [p for layer in body.language.layers for p in layer.parameters()]
        plain = all(linear(m) for layer in body.language.layers for m in projections(layer))
        plain = plain and not any(biased(m) for layer in body.language.layers for m in projections(layer)[3:])
        silu = all(type(layer.mlp.act_fn).__name__ in ("SiLU", "SiLUActivation") for layer in body.language.layers)
        small = sum(p.numel() * p.element_size() for p in parameters) <= LIMIT
        here = all(p.ndim > 0 and p.numel() for p in parameters)  # a partition of ZeRO-3 is not
        return cls(body) if plain and silu and small and here and not autocast else None

    @torch.no_grad()
    def __call__(self, tokens: Tensor, positions: Tensor, plan: Plan) -> Tensor:
        """[N, V] float32 logits of tokens [N] at positions [N]: those of text, alike in all three of M-RoPE."""
        x = self.body.embed(tokens[None])[0]
        turned = positions[:, None].float() * self.rates
        cos, sin = (turned.cos() * self.scaling).to(x.dtype), (turned.sin() * self.scaling).to(x.dtype)
        cos, sin = torch.cat([cos, cos], 1)[:, None], torch.cat([-sin, sin], 1)[:, None]
        for number, layer in enumerate(self.layers):
            mixed = self.attention(
                number, layer, F.rms_norm(x, x.shape[-1:], layer.norms[0], layer.eps), cos, sin, plan
            )
            x = torch.addmm(x, mixed, layer.out)
            gate, up = F.linear(F.rms_norm(x, x.shape[-1:], layer.norms[1], layer.eps), layer.gate_up).chunk(2, -1)
            x = torch.addmm(x, F.silu(gate).mul_(up), layer.down)
        out: Tensor = self.body.head(F.rms_norm(x, x.shape[-1:], self.norm, self.eps))
        return out

    def attention(self, number: int, layer: Layer, x: Tensor, cos: Tensor, sin: Tensor, plan: Plan) -> Tensor:
        """[N, heads * D] before the output projection."""
        heads, kv = self.num_heads
        every = F.linear(x, layer.qkv, layer.bias).view(len(x), heads + 2 * kv, self.head_dim)
        both = every[:, : heads + kv]
        if layer.heads is not None:
            q, k = every[:, :heads], every[:, heads : heads + kv]
            wide = (self.head_dim,)
            both = torch.cat(
                [F.rms_norm(q, wide, layer.heads[0], layer.eps), F.rms_norm(k, wide, layer.heads[1], layer.eps)], 1
            )
        swapped = both.unflatten(-1, (2, -1)).flip(2).flatten(2)
        both = (both * cos).addcmul_(swapped, sin).transpose(0, 1)[None]
        v = every[:, heads + kv :].transpose(0, 1)[None]
        return plan.attend(number, both[:, :heads], both[:, heads:], v, layer.scale)[0].flatten(1)


def projections(layer: Any) -> list[nn.Module]:
    """The linear modules of a layer."""
    part, feed = layer.self_attn, layer.mlp
    return [part.q_proj, part.k_proj, part.v_proj, part.o_proj, feed.gate_proj, feed.up_proj, feed.down_proj]


def linear(module: Any) -> bool:
    """Say whether a module is a plain linear layer, or one with a LoRA adapter that can be merged."""
    base = getattr(module, "base_layer", module)
    adapters = getattr(module, "active_adapters", [])
    return type(base) is nn.Linear and (base is module or (hasattr(module, "get_delta_weight") and len(adapters) <= 1))


def biased(module: Any) -> bool:
    """Say whether a linear module adds a bias."""
    return getattr(module, "base_layer", module).bias is not None


def merged(module: Any) -> Tensor:
    """[out, in] weight with the adapter that is switched on, if any."""
    base = getattr(module, "base_layer", module)
    weight: Tensor = base.weight
    if base is module or module.disable_adapters or module.merged or not module.active_adapters:
        return weight
    delta: Tensor = module.get_delta_weight(module.active_adapters[0])
    return weight + delta.to(weight.dtype)


def laid(layer: Any) -> Layer:
    """Lay the weights of a layer side by side."""
    q, k, v, o, gate, up, down = projections(layer)
    bases: list[Any] = [getattr(module, "base_layer", module) for module in (q, k, v)]
    part = layer.self_attn
    norms = (layer.input_layernorm, layer.post_attention_layernorm)
    return Layer(
        norms=(norms[0].weight, norms[1].weight),
        eps=float(norms[0].variance_epsilon),
        qkv=torch.cat([merged(q), merged(k), merged(v)]),
        bias=torch.cat([base.bias for base in bases]) if bases[0].bias is not None else None,
        heads=(part.q_norm.weight, part.k_norm.weight) if hasattr(part, "q_norm") else None,
        out=merged(o).T,
        gate_up=torch.cat([merged(gate), merged(up)]),
        down=merged(down).T,
        scale=float(part.scaling),
    )
