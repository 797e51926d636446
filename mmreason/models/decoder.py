"""The forward of a Qwen2-like decoder for one packed row, on the modules that transformers loaded.

It computes what the library's own forward computes (tests compare them), leaner: no batch axis, rotary angles made
once, attention by a plan, and in the last layer only those tokens whose states somebody reads go on after attention.
Linear layers are called as modules, so that adapters, sharding and autocast act on them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmreason.errors import RecipeError
from mmreason.models.attention import Plan
from mmreason.models.functional import SwiGLU, rms_norm, rotate


class Decoder:
    """Layers and final norm of a language model.

    Args:
        language: module with ``layers``, ``norm``, ``rotary_emb`` and ``config``.

    Raises:
        RecipeError: layers attend in a way that packed rows do not know (sliding windows, attention dropout).
    """

    def __init__(self, language: Any) -> None:
        self.language = language
        first = language.layers[0].self_attn
        if any(getattr(layer.self_attn, "sliding_window", None) for layer in language.layers):
            raise RecipeError("the checkpoint uses sliding-window attention, which packed rows do not support")
        if getattr(first, "attention_dropout", 0.0):
            raise RecipeError(
                "the checkpoint's config has attention_dropout, which packed rows do not support; set it to 0"
            )
        if language.rotary_emb.rope_type in ("dynamic", "longrope"):
            raise RecipeError(
                f"rotary embedding of type {language.rotary_emb.rope_type!r} depends on the length of the row, which a "
                "packed row has many of; set rope_type to default, linear or yarn"
            )
        self.head_dim, self.last = int(first.head_dim), len(language.layers) - 1
        config = language.config
        self.num_heads = (int(config.num_attention_heads), int(config.num_key_value_heads))

    def angles(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine [T, D / 2] float32 of positions [3, T] (M-RoPE, arXiv:2409.12191) or [1, T]."""
        rope = self.language.rotary_emb
        wide = positions.to(rope.inv_freq.device, torch.float32)
        sections = self.language.config.rope_parameters.get("mrope_section")
        if sections is not None and len(wide) == 3:
            which = torch.repeat_interleave(torch.arange(3), torch.tensor(sections)).to(wide.device)
            turned = wide.T[:, which] * rope.inv_freq.float()
        else:
            turned = wide[0][:, None] * rope.inv_freq.float()
        return turned.cos() * rope.attention_scaling, turned.sin() * rope.attention_scaling

    def states(self, embeds: Tensor, positions: Tensor, plan: Plan, wanted: Tensor | None = None) -> Tensor:
        """Last states, normed.

        Args:
            embeds: [T, H].
            positions: [3, T] or [1, T].
            plan: how tokens attend to one another.
            wanted: [W] indices of the tokens whose states are read; None for all.

        Returns:
            [W, H] or [T, H].
        """
        x, (cos, sin) = embeds, self.angles(positions)
        for number, layer in enumerate(self.language.layers):
            run = self.layer(layer, number, cos, sin, plan, wanted if number == self.last else None)
            if getattr(layer, "gradient_checkpointing", False) and layer.training and torch.is_grad_enabled():
                x = checkpoint(run, x, use_reentrant=False)
            else:
                x = run(x)
        return rms_norm(self.language.norm, x)

    def layer(
        self, layer: Any, number: int, cos: Tensor, sin: Tensor, plan: Plan, wanted: Tensor | None
    ) -> Callable[[Tensor], Tensor]:
        """One layer as a function from [T, H] to [T, H], or to [W, H]."""
        few = wanted if getattr(plan, "tails", None) == number else None

        def run(x: Tensor) -> Tensor:
            part, normed = layer.self_attn, rms_norm(layer.input_layernorm, x)
            q = self.heads(part.q_proj, getattr(part, "q_norm", None), normed, cos, sin, few)
            k = self.heads(part.k_proj, getattr(part, "k_norm", None), normed, cos, sin)
            v = part.v_proj(normed).unflatten(-1, (-1, self.head_dim)).transpose(0, 1)[None]
            mixed = plan.attend(number, q, k, v, float(part.scaling))[0].flatten(1)
            if wanted is not None:
                x, mixed = x[wanted], mixed if few is not None else mixed[wanted]
            x = x + part.o_proj(mixed)
            return x + mlp(layer.mlp, rms_norm(layer.post_attention_layernorm, x))

        return run

    def heads(
        self, proj: nn.Module, norm: nn.Module | None, x: Tensor, cos: Tensor, sin: Tensor, few: Tensor | None = None
    ) -> Tensor:
        """[1, heads, T, D] queries or keys, turned by their positions; of ``few`` tokens if given."""
        if few is not None:
            x, cos, sin = x[few], cos[few], sin[few]
        out = proj(x).unflatten(-1, (-1, self.head_dim))
        out = rms_norm(norm, out) if norm is not None else out  # Qwen3
        return rotate(out, cos, sin).transpose(0, 1)[None]


def mlp(part: Any, x: Tensor) -> Tensor:
    """Gated feed-forward (arXiv:2002.05202)."""
    gate, up = part.gate_proj(x), part.up_proj(x)
    silu = isinstance(part.act_fn, nn.SiLU) or type(part.act_fn).__name__ == "SiLUActivation"
    return part.down_proj(SwiGLU.apply(gate, up) if silu else part.act_fn(gate) * up)  # type: ignore[no-any-return]
