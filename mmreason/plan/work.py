"""Tokens, arithmetic, traffic and time of one step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmreason.plan.counted import Counted


@dataclass(frozen=True)
class Device:
    """A GPU from its data sheet."""

    name: str
    flops: float
    """Operations a second in bf16, without sparsity."""
    bandwidth: float
    """Bytes a second of its memory."""
    link: float
    """Bytes a second in one direction to the GPUs of its machine."""
    memory: float
    """GiB."""


DEVICES = {
    "h200": Device("H200 SXM", 989e12, 4.8e12, 450e9, 140.0),
    "h100": Device("H100 SXM", 989e12, 3.35e12, 450e9, 79.6),
    "a100": Device("A100 SXM 80 GB", 312e12, 2.04e12, 300e9, 79.3),
}
NETWORK = 400e9
"""Bytes a second into a machine of eight GPUs: an adapter of 400 Gb/s for each. A ring crosses its border once."""


@dataclass(frozen=True)
class Efficiency:
    """Shares of the data sheet that are reached. Assumptions, not measured here; say so wherever they are used."""

    learn: float = 0.35
    """Of the arithmetic in forwards and backwards."""
    prefill: float = 0.4
    decode: float = 0.5
    """Of the memory's bandwidth."""
    traffic: float = 0.7
    """Of the links."""
    launch: float = 0.35e-3
    """Seconds a layer and decoding step take at least in the built-in sampler, however few rows there are."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step of a stage asks, over all GPUs.

    Attributes:
        groups: prompts.
        num: completions of each.
        limit: tokens of the longest completion; every one is taken as that long.
        text: text tokens of a prompt.
        media: tokens of its pictures or video, after merging.
        merge: patches for each of these tokens.
        epochs: passes over the rollouts.
        scored: passes of other roles and probes over prompts and completions without gradient.
        checkpointing: activations are computed twice.
    """

    groups: int
    num: int
    limit: int
    text: int
    media: int
    merge: int = 4
    epochs: int = 1
    scored: int = 0
    checkpointing: bool = False

    @property
    def prompt(self) -> int:
        """Tokens of a prompt."""
        return self.text + self.media

    @property
    def prompt_tokens(self) -> int:
        """Of all prompts, each once."""
        return self.groups * self.prompt

    @property
    def completion_tokens(self) -> int:
        """Of all completions."""
        return self.groups * self.num * self.limit

    @property
    def packed_tokens(self) -> int:
        """Of a pass over all groups, each prompt once."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def repeated_tokens(self) -> int:
        """What the same pass takes where every completion has a prompt of its own."""
        return self.num * self.prompt_tokens + self.completion_tokens

    @property
    def patches(self) -> int:
        """Vision patches of all prompts."""
        return self.groups * self.media * self.merge


@dataclass(frozen=True)
class Flops:
    """Operations of a step, by phase."""

    vision: float
    prefill: float
    decode: float
    score: float
    learn: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.vision + self.prefill + self.decode + self.score + self.learn


def flops(of: Counted, step: Step) -> Flops:
    """Count operations: 2 a parameter and token of a forward, 4 more of a backward, 2 more where it is computed twice.

    To the products with weights come those of attention, ``4 layers heads head_dim`` for each token and token that it
    sees. A prompt's media go through the tower once where it is frozen, and with every pass over the data where it
    learns.
    """
    body = of.num - of.tower
    look = 4.0 * of.layers * of.heads * of.head_dim
    prompts = step.groups * (2.0 * body * step.prompt + look * step.prompt**2 / 2)
    rows = step.groups * step.num * (2.0 * body * step.limit + look * step.limit * (step.prompt + step.limit / 2))
    tower = 2.0 * of.tower * step.patches
    learn = (3 + step.checkpointing) * (prompts + rows) * step.epochs
    learn += (2 + step.checkpointing) * tower * step.epochs if of.per_patch else 0.0
    again = step.epochs if of.per_patch else 0
    return Flops(tower * (1 + again), prompts, rows, step.scored * (prompts + rows), learn)


@dataclass(frozen=True)
class Seconds:
    """Time of a step by phase."""

    prefill: float
    decode: float
    score: float
    learn: float
    traffic: float

    @property
    def total(self) -> float:
        """All phases, one after the other."""
        return self.prefill + self.decode + self.score + self.learn + self.traffic


def seconds(
    of: Counted,
    step: Step,
    gpus: int,
    device: Device,
    cached: int,
    sent: float,
    size: int = 2,
    how: Efficiency = Efficiency(),
) -> Seconds:
    """Estimate the time of a step: arithmetic for what is computed at once, memory bandwidth for decoding.

    Args:
        of: the policy.
        step: what is asked.
        gpus: that share the groups.
        device: of each.
        cached: tokens that a GPU's sampler holds at a time.
        sent: bytes that each GPU receives in a step.
        size: bytes of a weight or cached value as it is read.
        how: shares of the data sheet that are reached.
    """
    work, rate = flops(of, step), gpus * device.flops
    rows = math.ceil(step.groups / gpus) * step.num
    seats = max(min(rows, cached // max(step.limit + step.prompt // step.num, 1)), 1)
    read = of.num * size + seats * (step.limit / 2 + step.prompt / step.num) * of.kv_values * size
    one = max(read / (how.decode * device.bandwidth), how.launch * of.layers)
    link = min(device.link, NETWORK) if gpus > 8 else device.link
    return Seconds(
        prefill=(work.prefill + work.vision) / (how.prefill * rate),
        decode=math.ceil(rows / seats) * step.limit * one,
        score=work.score / (how.prefill * rate),
        learn=work.learn / (how.learn * rate),
        traffic=sent / (how.traffic * link),
    )


def received(of: Counted, size: int, stage: int, gpus: int, forwards: int, passes: int = 0) -> float:
    """Bytes that one GPU receives in an optimiser step.

    Replicas add gradients in a ring: ``2 (n - 1) / n`` of the trainable weights. ZeRO-3 gathers all weights in every
    forward and again in every backward (``(n - 1) / n`` of them each), and scatters gradients of every forward, in
    the weights' type as DeepSpeed does by itself. ZeRO-1 and 2 gather new weights once.

    Args:
        of: the policy.
        size: bytes of a weight.
        stage: ZeRO's, or 0.
        gpus: n.
        forwards: with a backward, of one GPU in the step.
        passes: more forwards without one: scoring, and one for gathering the weights that sample.
    """
    share = (gpus - 1) / gpus
    if stage == 3:
        return share * size * (of.num * (2 * forwards + passes) + of.learns * forwards)
    return share * size * of.learns * (2 if stage < 2 else forwards + 1)
