"""Shapes of checkpoints that need not be on the disk to be planned with.

Numbers are those of each checkpoint's config.json on the hub, as the reports of Qwen2.5-VL (arXiv:2502.13923), Qwen2.5
(arXiv:2412.15115) and Qwen3 (arXiv:2505.09388) give them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Known:
    """Shape of a language model, and of a vision tower in front of it."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    wide: int
    vocab: int = 151936
    tied: bool = False
    head_dim: int | None = None
    tower_wide: int | None = None
    """Feed-forward width of the vision tower; None where there is none."""


QWEN2_5_VL = {
    "3B": Known(2048, 36, 16, 2, 11008, tied=True, tower_wide=3420),
    "7B": Known(3584, 28, 28, 4, 18944, 152064, tower_wide=3420),
    "32B": Known(5120, 64, 40, 8, 27648, 152064, tower_wide=3456),
    "72B": Known(8192, 80, 64, 8, 29568, 152064, tower_wide=3456),
}
QWEN2_5 = {
    "0.5B": Known(896, 24, 14, 2, 4864, tied=True),
    "1.5B": Known(1536, 28, 12, 2, 8960, tied=True),
    "3B": Known(2048, 36, 16, 2, 11008, tied=True),
    "7B": Known(3584, 28, 28, 4, 18944, 152064),
    "14B": Known(5120, 48, 40, 8, 13824, 152064),
    "32B": Known(5120, 64, 40, 8, 27648, 152064),
    "72B": Known(8192, 80, 64, 8, 29568, 152064),
}
QWEN3 = {
    "0.6B": Known(1024, 28, 16, 8, 3072, tied=True, head_dim=128),
    "1.7B": Known(2048, 28, 16, 8, 6144, tied=True, head_dim=128),
    "4B": Known(2560, 36, 32, 8, 9728, tied=True, head_dim=128),
    "8B": Known(4096, 36, 32, 8, 12288, head_dim=128),
    "14B": Known(5120, 40, 40, 8, 17408, head_dim=128),
    "32B": Known(5120, 64, 64, 8, 25600, head_dim=128),
}
FAMILIES = (
    (re.compile(r"Qwen/Qwen2\.5-VL-(\d+B)-Instruct"), "qwen2_5_vl", QWEN2_5_VL),
    (re.compile(r"Qwen/Qwen2\.5-(?:Math-|Coder-)?([\d.]+B)(?:-Instruct|-Base)?"), "qwen2", QWEN2_5),
    (re.compile(r"Qwen/Qwen3-([\d.]+B)(?:-Base)?"), "qwen3", QWEN3),
)


def known_config(model: str) -> Any | None:
    """Make the configuration of a known hub id; None for another name.

    >>> known_config("somebody/else") is None
    True
    """
    for pattern, kind, sizes in FAMILIES:
        match = pattern.fullmatch(model)
        if match and match[1] in sizes:
            return config_of(kind, sizes[match[1]])
    return None


def config_of(kind: str, of: Known) -> Any:
    """The configuration in transformers' own class."""
    from transformers import AutoConfig

    text: dict[str, Any] = {
        "hidden_size": of.hidden,
        "num_hidden_layers": of.layers,
        "num_attention_heads": of.heads,
        "num_key_value_heads": of.kv_heads,
        "intermediate_size": of.wide,
        "vocab_size": of.vocab,
        "max_position_embeddings": 32768 if kind == "qwen2" else 40960 if kind == "qwen3" else 128000,
    }
    if of.head_dim is not None:
        text["head_dim"] = of.head_dim
    if of.tower_wide is None:
        return AutoConfig.for_model(kind, tie_word_embeddings=of.tied, **text)
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
    tower = {"depth": 32, "hidden_size": 1280, "num_heads": 16, "intermediate_size": of.tower_wide}
    tower |= {"out_hidden_size": of.hidden, "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2}
    return AutoConfig.for_model(
        kind, tie_word_embeddings=of.tied, text_config=text | {"rope_parameters": rope}, vision_config=tower
    )
