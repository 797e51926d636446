"""A recipe's plan: its heaviest stage on so many GPUs, and what would make it fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mmreason.asks import POLICY
from mmreason.errors import RecipeError
from mmreason.models.runner import Runner
from mmreason.models.specs import Lora, Policy
from mmreason.plan.counted import Counted, counted
from mmreason.plan.memory import SEATS, Load, PerGPU, per_gpu, zero_stage
from mmreason.plan.work import DEVICES, Device, Efficiency, Flops, Seconds, Step, flops, received, seconds
from mmreason.recipe import Recipe, Stage
from mmreason.signals import Signal, needs, roles

MERGE = 4
"""Patches of a media token: two by two."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is planned for.

    Attributes:
        gpus: that share the run.
        memory: bytes of each.
        gpu: key of ``work.DEVICES``.
        text: tokens of a prompt without its media.
        media: tokens of its media.
    """

    gpus: int
    memory: float
    gpu: str
    text: int
    media: int


@dataclass(frozen=True, slots=True)
class Level:
    """One way of spreading the same run."""

    name: str
    policy: Policy
    memory: PerGPU


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a run takes."""

    of: Counted
    stage: str
    step: Step
    updates: int
    """Optimiser steps of a step."""
    forwards: int
    """Of one GPU in an optimiser step."""
    chosen: str
    memory: PerGPU
    fits: bool
    levels: tuple[Level, ...]
    remedies: tuple[str, ...]
    flops: Flops
    sent: float
    seconds: Seconds
    device: Device
    assumptions: tuple[str, ...]


def planned(recipe: Recipe, sizes: Sizes) -> Planned:
    """Plan the stage that has most tokens.

    Raises:
        RecipeError: the recipe has no policy or no stage that learns by sampling.
        CheckpointError: the shape of the model is not known.
    """
    policy = next((spec for _, spec in recipe.models if isinstance(spec, Policy)), None)
    if policy is None:
        raise RecipeError(f"{recipe.name} has no policy that could be planned with; leave --plan out")
    stage = heaviest(recipe)
    of, others = counted(policy), [spec for role, spec in recipe.models if role != POLICY]
    step = step_of(stage, policy, sizes, sees=of.tower > 0)
    chosen = Level(described(policy), policy, fitted(of, policy, others, step, sizes))
    levels = tuple(alternatives(of, policy, others, step, sizes))
    updates = max(math.ceil(stage.groups / (stage.minibatch or stage.groups)), 1) * stage.epochs
    forwards = forwards_of(step, policy, sizes.gpus, updates // stage.epochs)
    low = 2 if policy.autocast or policy.dtype != "float32" else 4
    sent = updates * received(of, low, zero_stage(policy), sizes.gpus, forwards, step.scored + 1)
    device = DEVICES[sizes.gpu]
    time = seconds(of, step, sizes.gpus, device, SEATS * policy.budget, sent, low)
    fits = chosen.memory.peak <= sizes.memory
    return Planned(
        of=of, stage=stage.name, step=step, updates=updates, forwards=forwards, chosen=chosen.name,
        memory=chosen.memory, fits=fits, levels=levels, flops=flops(of, step), sent=sent, seconds=time, device=device,
        remedies=() if fits else tuple(remedies(chosen, levels, sizes)), assumptions=assumptions(step, sizes),
    )  # fmt: skip


def heaviest(recipe: Recipe) -> Stage:
    """The learning stage with most completion tokens.

    Raises:
        RecipeError: none samples completions.
    """
    able = [s for s in recipe.stages if s.losses and s.steps and getattr(s.rollout, "limit", None) is not None]
    if not able:
        raise RecipeError(
            f"{recipe.name} has no stage that learns from completions it samples; --plan has none to plan"
        )
    return max(able, key=lambda s: s.groups * int(getattr(s.rollout, "num", 1)) * int(s.rollout.limit))  # type: ignore[attr-defined]


def step_of(stage: Stage, policy: Policy, sizes: Sizes, sees: bool) -> Step:
    """What a step of a stage asks."""
    rollout: Any = stage.rollout
    asked = {s for s in needs(stage.rewards, stage.losses, stage.metrics, stage.filters) if asks(s)}
    scored = len({role.name for signal in asked for role in roles(signal) if of_policy(role.name)})
    return Step(
        groups=stage.groups, num=int(getattr(rollout, "num", 1)), limit=int(rollout.limit), text=sizes.text,
        media=sizes.media if sees else 0, merge=MERGE, epochs=stage.epochs, scored=scored,
        checkpointing=policy.checkpointing,
    )  # fmt: skip


def asks(signal: Signal[Any]) -> bool:
    """Say whether a signal asks a model itself."""
    return type(signal).asks is not Signal.asks


def of_policy(role: str) -> bool:
    """Say whether a role is played by weights of the policy's size."""
    return role in ("policy", "reference", "ema")


def load_of(of: Counted, policy: Policy, step: Step, gpus: int) -> Load:
    """What one GPU works on at a time: a forward up to the budget, and the seats of the sampler."""
    groups = math.ceil(step.groups / gpus)
    tokens = min(groups * (step.prompt + step.num * step.limit), policy.budget)
    prompts = min(groups, max(policy.budget // (step.prompt + step.num * step.limit), 1))
    cached = min(groups * (step.prompt + step.num * step.limit), SEATS * policy.budget)
    window = min(max(Runner.max_logits // of.vocab, 1), tokens)
    return Load(tokens, prompts * step.media * step.merge, cached, window)


def fitted(of: Counted, policy: Policy, others: list[Any], step: Step, sizes: Sizes) -> PerGPU:
    """Memory of a policy as it is given."""
    return per_gpu(of, policy, others, load_of(of, policy, step, sizes.gpus), zero_stage(policy), sizes.gpus)


def alternatives(of: Counted, policy: Policy, others: list[Any], step: Step, sizes: Sizes) -> Iterator[Level]:
    """The same run spread in each way, and with adapters of rank 64 in the place of full training."""
    for name, shard in (("none", "none"), ("ZeRO-1", "zero1"), ("ZeRO-2", "zero2"), ("ZeRO-3", "zero3")):
        other = spread(policy, shard)
        yield Level(name, other, fitted(of, other, others, step, sizes))
    lora = policy.lora or Lora(rank=64, alpha=128)
    for name, adapter in (("LoRA", replace(lora, bits=None)), ("QLoRA", replace(lora, bits=4))):
        adapted = replace(half(policy), lora=adapter, shard="none")
        yield Level(name, adapted, fitted(counted(adapted), adapted, others, step, sizes))


def spread(policy: Policy, shard: str) -> Policy:
    """The policy under another ZeRO stage, in bf16 from stage 2 on, as the command line has it."""
    lora = policy.lora if policy.lora is None or shard == "none" else replace(policy.lora, bits=None)
    other = replace(policy, lora=lora, shard=shard)
    if shard in ("zero2", "zero3"):
        return half(other)
    single = policy.shard in ("zero2", "zero3") and policy.lora is None and policy.dtype == "bfloat16"
    return replace(other, dtype="float32", autocast="bfloat16") if single else other


def half(policy: Policy) -> Policy:
    """Weights in bf16 where they are computed with in bf16."""
    return replace(policy, dtype="bfloat16", autocast=None) if policy.autocast == "bfloat16" else policy


def remedies(chosen: Level, levels: tuple[Level, ...], sizes: Sizes) -> Iterator[str]:
    """Settings that fit, or what would come nearest, one line each."""
    flags = {"ZeRO-1": "--zero 1", "ZeRO-2": "--zero 2", "ZeRO-3": "--zero 3", "LoRA": "--lora 64"}
    for level in levels:
        helps = level.name in flags and (sizes.gpus > 1 or level.name == "LoRA")
        if helps and level.name != chosen.name and level.memory.peak <= sizes.memory:
            yield f"{flags[level.name]} needs {gib(level.memory.peak)}"
    by_name = {level.name: level for level in levels}
    if by_name["QLoRA"].memory.peak <= sizes.memory:
        yield f"--lora 64 --bits 4 needs {gib(by_name['QLoRA'].memory.peak)}"
    if not chosen.policy.checkpointing:
        yield f"Policy.checkpointing lowers the {gib(chosen.memory.activations)} of activations"
    three = by_name["ZeRO-3"].memory
    fixed = three.activations + three.logits + three.working + three.reserve
    if fixed < sizes.memory:
        share = (three.weights + three.copies + three.optimiser + three.gradients) * sizes.gpus
        enough = math.ceil(share / (sizes.memory - fixed))
        if enough > sizes.gpus:
            yield f"--zero 3 --generate sharded fits from about {enough} GPUs of {gib(sizes.memory)} on"


def forwards_of(step: Step, policy: Policy, gpus: int, updates: int) -> int:
    """Forwards of one GPU in an optimiser step: whole groups up to the token budget."""
    groups = math.ceil(step.groups / max(updates, 1) / gpus)
    return max(math.ceil(groups * (step.prompt + step.num * step.limit) / policy.budget), 1)


def described(policy: Policy) -> str:
    """How the policy is trained, in a few words."""
    how = {0: "replicas", 1: "ZeRO-1", 2: "ZeRO-2", 3: "ZeRO-3"}[zero_stage(policy)]
    bits = getattr(policy.lora, "bits", None)
    what = (
        f"{'QLoRA' if bits else 'LoRA'} of rank {policy.lora.rank}"
        if policy.lora
        else "all weights that are not frozen"
    )
    under = f" under {policy.autocast}" if policy.autocast else ""
    again = ", activations computed twice" if policy.checkpointing else ""
    return f"{what}, {how}, {policy.dtype}{under}, {policy.budget:,} tokens a forward{again}"


def assumptions(step: Step, sizes: Sizes) -> tuple[str, ...]:
    """What the time rests on, and what is odd."""
    how, idle = Efficiency(), sizes.gpus - step.groups
    odd = (
        [f"{step.groups} groups a step leave {idle} of {sizes.gpus} GPUs without any: raise --groups."]
        if idle > 0
        else []
    )
    return (
        *odd,
        "Assumed, not measured: every completion has the full length; "
        f"{how.learn:.0%} of the device's arithmetic in learning, {how.prefill:.0%} in prefill and scoring; "
        f"{how.decode:.0%} of the memory's bandwidth and at least {how.launch * 1e3:.2g} ms a layer in decoding; "
        f"{how.traffic:.0%} of the links. Judges, tools and reading of media are left out.",
        f"Prompts are taken to have {step.text} text and {step.media} media tokens: --text-tokens, --media-tokens.",
    )


def gib(value: float) -> str:
    """A size for a sentence."""
    return f"{value / 2**30:.1f} GiB"
