"""From a loaded model to one that is spread over the ranks, and others like it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from mmreason.errors import RecipeError
from mmreason.models.runner import Runner
from mmreason.models.sharding import local
from mmreason.models.zero import Order, Zero
from mmreason.models.zero_config import read_config, stage_of
from mmreason.models.zero_shards import Shards
from mmreason.types import Across


def spread(spec: Any, core: nn.Module, runner: Runner, across: Across, optimizer: Any) -> Zero:
    """Spread a model that learns over the ranks; every rank must call.

    Args:
        spec: the ``Policy`` that it was loaded by.
        core: the model, on the CPU under ZeRO-3, else on its device.
        runner: that it is run with.
        across: the ranks.
        optimizer: over its weights; DeepSpeed takes it.

    Raises:
        RecipeError: DeepSpeed cannot do it, or not with this model.
    """
    order = Order(
        [p for group in optimizer.param_groups for p in group["params"]], optimizer.state_dict()["param_groups"]
    )
    config = read_config(spec.shard)
    refuse(core, runner, stage_of(config))
    shards = Shards(
        core, runner.body, optimizer, config, spec.optim.clip, device_of(spec.device), runner.tower_learns()
    )
    return Zero(shards, runner, across, order, spec.generate, spec)


def spread_like(source: Zero, core: nn.Module, runner: Runner) -> Runner:
    """Spread a frozen model of the same shape in the same way, with the weights of ``source``; gives its runner."""
    config = read_config(source.spec.shard)
    config["zero_optimization"].pop("offload_optimizer", None)
    shards = Shards(core, runner.body, None, config, None, device_of(source.spec.device), source.shards.sees)
    for old, new in zip(source.core.parameters(), core.parameters(), strict=True):
        local(new).copy_(local(old))
    shards.refresh()
    runner.sharding = Zero(shards, runner, source.across, None, source.generate, source.spec)
    return runner


def lent(source: Any, runner: Runner) -> Runner:
    """A runner for the same weights without their adapter; the same one where ranks need not work together."""
    if not isinstance(source, Zero) or source.shards.stage < 3:
        return runner
    runner = replace(runner)
    off: Any = source.core.disable_adapter
    runner.sharding = Zero(source.shards, runner, source.across, None, source.generate, source.spec, off)
    return runner


def refuse(core: Any, runner: Runner, stage: int) -> None:
    """Refuse models in whose forwards ranks would not meet.

    Raises:
        RecipeError: which and why.
    """
    config = core.config.get_text_config()
    experts = next((n for n in ("num_experts", "num_local_experts", "n_routed_experts") if getattr(config, n, 0)), None)
    if stage > 1 and experts is not None:
        raise RecipeError(f"Policy.shard: ZeRO-{stage} is not supported for mixtures of experts; take zero1")
    if stage == 3 and runner.body.alone:
        raise RecipeError(
            "Policy.shard: ZeRO-3 needs a model whose rows can be packed, which this one's cannot; take zero2"
        )


def device_of(device: str) -> str:
    """The device that is meant by ``auto``."""
    return device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
