"""The numbers of docs/scaling.md: a 72B policy that learns from videos on 64 GPUs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmreason.models.specs import Frozen, Policy
from mmreason.plan.counted import Counted, counted
from mmreason.plan.memory import BF16, FP32, Load, per_gpu
from mmreason.plan.work import DEVICES, NETWORK, Efficiency, Step, flops, received, seconds

MODEL = "Qwen/Qwen2.5-VL-72B-Instruct"
GB = 1e9
TOKEN_BYTES = 8 + 4 + 4 + 1
"""Of a completion's token in the rollout buffer: id, log-prob when sampled, log-prob of the reference, who wrote it."""


@dataclass(frozen=True)
class Cluster:
    """Who does what.

    Attributes:
        learners: GPUs that train under ZeRO-3.
        engines: inference engines.
        parallel: GPUs of an engine, over which each layer is cut (tensor parallel).
        gpu: key of ``work.DEVICES``.
    """

    learners: int = 48
    engines: int = 2
    parallel: int = 8
    gpu: str = "h100"


STEP = Step(groups=96, num=8, limit=1024, text=300, media=4000, scored=1, checkpointing=True)
"""Two groups for each learner. 4,000 media tokens are 32 frames: two frames are one patch in time, of 250 tokens."""
BUDGET = 16384


def policy() -> Policy:
    """All of the language model learns, the tower is frozen."""
    return Policy(
        model=MODEL,
        dtype="bfloat16",
        freeze=("vision",),
        checkpointing=True,
        budget=BUDGET,
        shard="zero3",
        generate="sharded",
    )


def numbers(cluster: Cluster = Cluster(), step: Step = STEP) -> dict[str, str]:
    """Everything that the table says: what, and how much."""
    of = counted(policy())
    return model(of) | learner(of, cluster, step) | engine(of, cluster, step) | between(of, cluster, step)


def model(of: Counted) -> dict[str, str]:
    """Sizes of the model."""
    return {
        "parameters, of them trainable": f"{of.num / GB:.1f} B, {of.learns / GB:.1f} B",
        "weights in bf16": f"{BF16 * of.num / GB:.0f} GB",
        "weights, gradients (fp32), moments and fp32 copy": f"{(BF16 * of.num + (FP32 + 12) * of.learns) / GB:.0f} GB",
        "keys and values of a token": f"{BF16 * of.kv_values / 1e3:.0f} kB",
    }


def learner(of: Counted, cluster: Cluster, step: Step) -> dict[str, str]:
    """A GPU that trains."""
    group = step.prompt + step.num * step.limit
    load = Load(BUDGET, 0, 0, (1 << 25) // of.vocab)
    found = per_gpu(of, policy(), [Frozen()], load, 3, cluster.learners)
    activation, state = of.per_token * BF16, found.weights + found.gradients + found.optimiser
    room = DEVICES[cluster.gpu].memory * 2**30 - (found.peak - found.activations)
    return {
        "tokens of a group, packed": f"{group:,}",
        "the same with a prompt for each completion": f"{step.num * (step.prompt + step.limit):,}",
        "a learner's share of weights, gradients and optimiser": f"{state / GB:.1f} GB",
        "its share of the reference": f"{found.copies / GB:.1f} GB",
        f"activations of {BUDGET:,} tokens, checkpointed": f"{found.activations / GB:.1f} GB",
        "gathered layers": f"{found.working / GB:.1f} GB",
        "all of a learner": f"{found.peak / GB:.1f} GB",
        "largest forward that would fit": f"{BUDGET + room / activation / 1.05:,.0f} tokens",
    }


def engine(of: Counted, cluster: Cluster, step: Step) -> dict[str, str]:
    """A GPU of an inference engine."""
    weights = BF16 * of.num / cluster.parallel
    room = 0.9 * DEVICES[cluster.gpu].memory * 2**30 - weights
    held = cluster.parallel * room / (BF16 * of.kv_values)
    prompts = step.groups / cluster.engines
    wanted = prompts * (step.prompt + step.num * step.limit)
    how, device = Efficiency(), DEVICES[cluster.gpu]
    rows = prompts * step.num
    shared = prompts * step.prompt + rows * step.limit / 2
    apart = rows * (step.prompt + step.limit / 2)
    cached = BF16 * of.kv_values / cluster.parallel
    rate = how.decode * device.bandwidth
    return {
        "weights on a GPU of an engine": f"{weights / GB:.1f} GB",
        "tokens that an engine's cache holds": f"{held / 1e6:.1f} M",
        "tokens that a step puts there, prompts once": f"{wanted / 1e6:.2f} M",
        "a decoding step, each row reading its prompt": f"{(weights + cached * apart) / rate * 1e3:.0f} ms",
        "a decoding step, rows of a group reading it once": f"{(weights + cached * shared) / rate * 1e3:.0f} ms",
        "all completions of a step": f"{step.limit * (weights + cached * apart) / rate:.0f} s",
    }


def between(of: Counted, cluster: Cluster, step: Step) -> dict[str, str]:
    """What travels, and how long arithmetic takes."""
    n, how = cluster.learners, Efficiency()
    gather = BF16 * of.num * (n - 1) / n
    forwards = math.ceil(step.groups / n)
    sent = received(of, BF16, 3, n, forwards, passes=forwards)
    time = seconds(of, step, n, DEVICES[cluster.gpu], 0, sent, how=how)
    pixels, features = step.media * step.merge * of.patch_values * FP32, step.media * of.hidden * BF16
    one = flops(of, step).score / step.groups / (how.prefill * DEVICES[cluster.gpu].flops)
    return {
        "weights that a learner receives in one forward": f"{gather / GB:.0f} GB",
        "how long that takes": f"{gather / (how.traffic * NETWORK):.2f} s",
        "arithmetic of a forward of one group": f"{one:.1f} s",
        "all that a learner receives in a step": f"{sent / GB:.0f} GB, {time.traffic:.1f} s",
        "scoring under the reference, arithmetic": f"{time.score:.0f} s",
        "forward, forward again and backward, arithmetic": f"{time.learn:.0f} s",
        "new weights to an engine": f"{BF16 * of.num / GB:.0f} GB, {BF16 * of.num / (how.traffic * NETWORK):.2f} s",
        "one token through sharded weights without an engine": f"{gather / (how.traffic * NETWORK):.2f} s",
        "rollout buffer of a step": f"{step.completion_tokens * TOKEN_BYTES / 1e6:.0f} MB",
        "pixels of one video, and of the step": f"{pixels / 1e6:.0f} MB, {step.groups * pixels / GB:.1f} GB",
        "features of one video, and of the step": f"{features / 1e6:.0f} MB, {step.groups * features / GB:.1f} GB",
    }


def lines() -> list[str]:
    """The table's lines."""
    return [f"| {what} | {value} |" for what, value in numbers().items()]
