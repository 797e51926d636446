"""Memory of one GPU, by role and by how much is spread over the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mmreason.models.loading import DTYPES
from mmreason.models.memory import LOGITS
from mmreason.models.specs import Ema, Frozen, Policy
from mmreason.models.zero_config import read_config, stage_of
from mmreason.plan.counted import Counted

FP32, BF16 = 4, 2
NF4 = 4.127 / 8
"""Bytes of a weight in NF4 with double quantisation (QLoRA, arXiv:2305.14314, section 3)."""
CONTEXT = 3 << 29
"""Bytes of the CUDA context with NCCL's buffers: about 1.5 GiB. Not measured here."""
WASTE = 0.05
"""Share of what is allocated that fragments cost. Not measured here."""
SEATS = 4
"""The sampler's cache holds so many times the token budget; see ``sampler.sample``."""


@dataclass(frozen=True)
class Load:
    """What one forward and the rollouts of one GPU hold at a time.

    Attributes:
        tokens: packed tokens of the largest forward.
        patches: vision patches in it.
        cached: tokens in the sampler's cache.
        window: positions whose logits exist at a time.
    """

    tokens: int
    patches: int
    cached: int
    window: int


@dataclass(frozen=True)
class PerGPU:
    """Bytes on one GPU. ``learning`` and ``sampling`` follow each other; the rest is always there."""

    weights: float
    copies: float
    """References and averages with weights of their own."""
    optimiser: float
    """AdamW's moments, and under ZeRO with bf16 weights their copy in fp32."""
    gradients: float
    activations: float
    logits: float
    working: float
    """ZeRO-3: layers that are gathered for a forward."""
    cache: float
    """Keys and values while completions are sampled."""
    gathered: float
    """ZeRO-3: all weights while completions are sampled, where they are."""
    reserve: float
    """CUDA context and fragments."""

    @property
    def always(self) -> float:
        """What stays all the time."""
        return self.weights + self.copies + self.optimiser + self.reserve

    @property
    def learning(self) -> float:
        """What an optimiser step adds."""
        return self.gradients + self.activations + self.logits + self.working

    @property
    def sampling(self) -> float:
        """What a rollout adds."""
        return self.cache + self.gathered

    @property
    def peak(self) -> float:
        """The most at a time."""
        return self.always + max(self.learning, self.sampling)

    def lines(self) -> dict[str, float]:
        """By role."""
        return asdict(self)


def zero_stage(policy: Policy) -> int:
    """0 for replicas, else DeepSpeed's stage."""
    return 0 if policy.shard == "none" else int(stage_of(read_config(policy.shard)))


def per_gpu(of: Counted, policy: Policy, others: Sequence[Any], load: Load, stage: int, gpus: int) -> PerGPU:
    """Add up what one of ``gpus`` holds under a ZeRO stage (0: every process holds everything).

    ::

        weights     b W            / gpus from stage 3       b: 4 in fp32, 2 in bf16; W: all parameters
        optimiser   2 b L, and under ZeRO 8 L in fp32 or 12 L with bf16 weights   / gpus from stage 1
        gradients   b L, in fp32 from stage 2                / gpus from stage 2; L: trainable parameters
        copies      b L a reference, 4 L an average          / gpus from stage 3; 0 for a reference under LoRA
        activations budget x values a token x 2 (bf16) or 4
        logits      window x vocabulary x 4 x 4
        cache       seats x 2 layers kv_heads head_dim x b

    Args:
        of: the policy.
        policy: its spec.
        others: specs of the other roles.
        load: what one GPU works on at a time.
        stage: 0 to 3.
        gpus: over which is spread.
    """
    size = DTYPES[policy.dtype].itemsize
    act = BF16 if policy.autocast else size
    learns, spread = of.learns, [1, gpus if stage >= 1 else 1, gpus if stage >= 2 else 1, gpus if stage >= 3 else 1]
    rounded = of.linear if policy.lora is not None and getattr(policy.lora, "bits", None) == 4 else 0
    weights = (of.num - rounded) * size + rounded * NF4
    moments = 2 * size if stage == 0 else 2 * FP32 + (FP32 if size == BF16 else 0)
    copies = sum(copied(spec, policy, learns, size) for spec in others)
    cache = load.cached * of.kv_values * (act if policy.autocast else size)
    parts = {
        "weights": weights / spread[3],
        "copies": copies / spread[3],
        "optimiser": moments * learns / spread[1],
        "gradients": (size if stage < 2 else FP32) * learns / spread[2],
        "activations": float((load.tokens * of.per_token + load.patches * of.per_patch) * act),
        "logits": float(load.window * of.vocab * FP32 * LOGITS),
        "working": 2.0 * of.largest_layer * size if stage == 3 else 0.0,
        "cache": float(cache),
        "gathered": weights * (1 - 1 / gpus) if stage == 3 and policy.generate == "gathered" else 0.0,
    }
    whole = PerGPU(**parts, reserve=0.0)
    return PerGPU(**parts, reserve=CONTEXT + WASTE * whole.peak)


def copied(spec: Any, policy: Policy, learns: int, size: int) -> float:
    """Bytes of a role made from the policy; weights that never change are shared, an adapter is switched off."""
    if isinstance(spec, Frozen):
        return 0.0 if policy.lora else float(learns * size)
    if isinstance(spec, Ema) or type(spec).__name__.startswith("Ema"):
        return float(learns * FP32)
    return 0.0
