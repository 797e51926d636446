"""How long the prompts of a data set are for a model, and how much memory learning from them takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mmreason.models.memory import Memory, estimate
from mmreason.types import Task

if TYPE_CHECKING:
    from mmreason.cli.preflight import Preflight
    from mmreason.models.specs import Policy

WINDOW = 1024
"""Positions whose logits exist at a time."""
NAMES = ("shortest", "median", "p95", "longest")


@dataclass(frozen=True)
class Prompts:
    """Prompt tokens: shortest, median, 95th percentile, longest; and what does not fit."""

    model: str
    num: int
    total: int
    tokens: tuple[int, ...]
    media: tuple[int, ...]
    context: int
    budget: int
    limit: int
    """Tokens of the longest completion, counted in what does not fit."""
    too_long: tuple[tuple[str, int], ...]
    over_budget: tuple[tuple[str, int], ...]
    memory: Memory

    def report(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "prompt_tokens": {
                "model": self.model,
                "measured": self.num,
                "context": self.context,
                "budget": self.budget,
                "completion": self.limit,
                "whole": dict(zip(NAMES, self.tokens, strict=True)),
                "media": dict(zip(NAMES, self.media, strict=True)),
                "too_long": [{"where": where, "tokens": num} for where, num in self.too_long],
                "over_budget": [{"where": where, "tokens": num} for where, num in self.over_budget],
            },
            "memory": asdict(self.memory) | {"total": self.memory.total},
        }


def measure(plan: Preflight, tasks: Sequence[Task], most: int, told: Callable[[int], None]) -> Prompts:
    """Encode prompts with the processor of the plan's policy; no weights are loaded.

    Args:
        plan: the policy, the completions, the other roles.
        tasks: at least one.
        most: prompts to measure, spread evenly over the tasks.
        told: called with the number measured.
    """
    from mmreason.validate import encoder_of

    policy = plan.policy
    assert policy is not None
    encoder, total = encoder_of(policy), len(tasks)
    chosen = sorted({i * total // min(most, total) for i in range(min(most, total))})
    sizes, media, patches, too_long, over = [], [], [], [], []
    for done, task in enumerate((tasks[i] for i in chosen), 1):
        encoded = encoder.encode(task.prompt)
        sizes.append(len(encoded))
        media.append(sum(span.length for span in encoded.spans))
        patches.append(sum(math.prod(span.grid) for span in encoded.spans))
        if len(encoded) + plan.limit > encoder.max_context:
            too_long.append((task.where, len(encoded)))
        if len(encoded) + plan.limit > policy.budget:
            over.append((task.where, len(encoded)))
        told(done)
    longest = max(sizes) + plan.num * plan.limit
    memory = estimate(
        skeleton(policy), policy, plan.others, min(longest, policy.budget), max(patches), min(WINDOW, longest)
    )
    return Prompts(
        policy.model, len(chosen), total, spread(sizes), spread(media), encoder.max_context, policy.budget, plan.limit,
        tuple(too_long), tuple(over), memory,
    )  # fmt: skip


def skeleton(policy: Policy) -> Any:
    """The policy's modules without weights, frozen and with its adapter."""
    import torch

    from mmreason.models.families import body_for, linears
    from mmreason.models.loading import auto_class, load_config, quiet
    from mmreason.models.lora import adapted
    from mmreason.models.specs import freeze

    config = load_config(policy.model)
    with torch.device("meta"), quiet():
        core: Any = auto_class(config).from_config(config)
        if policy.lora:
            core = adapted(core, policy.lora, linears(config))
    freeze(body_for(core, config), policy)
    return core


def spread(sizes: Sequence[int]) -> tuple[int, int, int, int]:
    """Shortest, median, 95th percentile and longest.

    >>> spread([5, 1, 3])
    (1, 3, 5, 5)
    """
    rising = sorted(sizes)
    at = [0, (len(rising) - 1) // 2, math.ceil(0.95 * len(rising)) - 1, len(rising) - 1]
    return rising[at[0]], rising[at[1]], rising[at[2]], rising[at[3]]
