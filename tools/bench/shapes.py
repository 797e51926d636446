"""The public shapes of Qwen2.5-VL-3B and 7B, and the FLOPs that one packed group costs on them.

FLOPs are the model's own, each useful token once: 2 per weight forward and 4 backward (2 where the weight is frozen),
4 per head element forward for each query-key pair and 8 backward. Recomputation, padding, norms and softmax count
nothing; that the first layer's inputs need no gradient where the tower is frozen is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mmreason.models.specs import Lora

PATCH, FRAMES, MERGE = 14, 2, 2
PEAKS = {"B200": 2250e12, "H200": 989e12, "H100 PCIe": 756e12, "H100 NVL": 835e12, "H100": 989e12, "A100": 312e12}
"""Dense bf16 FLOP/s by a part of the device's name, the first that fits."""


@dataclass(frozen=True)
class Shape:
    """Public hyper-parameters of a checkpoint of the Qwen2.5-VL line (arXiv:2502.13923 and its configuration)."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocab: int
    tied: bool
    vision_hidden: int = 1280
    vision_layers: int = 32
    vision_heads: int = 16
    vision_intermediate: int = 3420
    window: int = 112
    """Pixels a side of what a windowed block of the tower sees."""
    whole: tuple[int, ...] = (7, 15, 23, 31)
    """Blocks of the tower that see the whole image."""
    mrope: tuple[int, ...] = (16, 24, 24)

    @property
    def head_dim(self) -> int:
        """D."""
        return self.hidden // self.heads

    def with_layers(self, layers: int | None) -> Shape:
        """Fewer layers in both towers, for a trial; the last block of the tower sees the whole image."""
        if layers is None:
            return self
        depth = min(layers, self.vision_layers)
        return replace(
            self, layers=min(layers, self.layers), vision_layers=depth,
            whole=tuple(i for i in self.whole if i < depth) or (depth - 1,),
        )  # fmt: skip


SHAPES = {
    "3b": Shape(2048, 36, 16, 2, 11008, 151936, tied=True),
    "7b": Shape(3584, 28, 28, 4, 18944, 152064, tied=False),
}


def lm_weights(s: Shape) -> int:
    """Matrix elements that every token of the language model meets, head excluded."""
    attention = 2 * s.hidden * s.heads * s.head_dim + 2 * s.hidden * s.kv_heads * s.head_dim
    return s.layers * (attention + 3 * s.hidden * s.intermediate)


def lora_weights(s: Shape, rank: int) -> int:
    """Matrix elements of adapters on every linear layer of the language model."""
    kv = s.kv_heads * s.head_dim
    return s.layers * rank * (4 * s.hidden + 2 * (s.hidden + kv) + 3 * (s.hidden + s.intermediate))


def pairs(prompt: int, rows: Sequence[int]) -> int:
    """Query-key pairs of a packed group: the prompt causal, each row over the prompt and itself."""
    return prompt * (prompt + 1) // 2 + sum(prompt * n + n * (n + 1) // 2 for n in rows)


def lm_forward(s: Shape, prompt: int, rows: Sequence[int]) -> tuple[float, float, float]:
    """FLOPs of the layers' matrices, of attention and of the head, which sees row tokens alone."""
    scored = sum(rows)
    attention = 4.0 * s.heads * s.head_dim * s.layers * pairs(prompt, rows)
    return 2.0 * lm_weights(s) * (prompt + scored), attention, 2.0 * s.vocab * s.hidden * scored


def tower_forward(s: Shape, grid: tuple[int, int, int]) -> tuple[float, float]:
    """FLOPs of the tower with its merger, and of its patch embedding, for one image of t x h x w patches."""
    t, h, w = grid
    num, side = t * h * w, s.window // PATCH
    cut = [sum(min(side, n - a) ** 2 for a in range(0, n, side)) for n in (h, w)]
    seen = len(s.whole) * t * (h * w) ** 2 + (s.vision_layers - len(s.whole)) * t * cut[0] * cut[1]
    wide = MERGE**2 * s.vision_hidden
    blocks = s.vision_layers * (4 * s.vision_hidden**2 + 3 * s.vision_hidden * s.vision_intermediate) * num
    merger = wide * (wide + s.hidden) * (num // MERGE**2)
    embedding = 3 * FRAMES * PATCH**2 * s.vision_hidden * num
    return 2.0 * (blocks + merger) + 4.0 * s.vision_hidden * seen, 2.0 * embedding


def flops(s: Shape, arm: str, prompt: int, rows: Sequence[int], grid: tuple[int, int, int]) -> tuple[float, float]:
    """FLOPs of scoring and of forward plus backward; a frozen tower's features are kept from the first."""
    matrices, attention, head = lm_forward(s, prompt, rows)
    tower, embedding = tower_forward(s, grid)
    adapters = 2.0 * lora_weights(s, Lora().rank) * (prompt + sum(rows)) if arm == "lora" else 0.0
    score = matrices + attention + head + adapters + tower + embedding
    update = (2 if arm == "lora" else 3) * (matrices + head) + 3 * (attention + adapters)
    return score, update + (3 * tower + 2 * embedding if arm == "full" else 0.0)


def peak(name: str) -> float | None:
    """Dense bf16 FLOP/s of a device, None if unknown."""
    return next((value for part, value in PEAKS.items() if part in name), None)
