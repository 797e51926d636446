"""Weights and moments that are spread over ranks as those of one process, and back: one format for any number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.errors import CheckpointError
from mmreason.models.loading import load_model, refuse_odd, restore_adapter
from mmreason.models.sharding import MASTER
from mmreason.models.zero_shards import Shards

MOMENTS = ("exp_avg", "exp_avg_sq")


def moments(shards: Shards, order: Sequence[nn.Parameter], first: bool) -> dict[int, dict[str, Tensor]]:
    """Moments and steps by weight, as ``torch.optim.AdamW`` names them; empty before the first step.

    Args:
        shards: the model.
        order: the weights in the optimiser's order.
        first: this rank is the first: it alone gets them.
    """
    live = shards.optimizer.optimizer.state
    if not live:
        return {}
    link(shards)
    step = next(iter(live.values()))["step"]
    out: dict[int, dict[str, Tensor]] = {}
    for number, p in enumerate(order):
        found = {name: full(shards, p, name) for name in (*MOMENTS, *((MASTER,) if shards.low else ()))}
        if first:
            out[number] = {"step": step.detach().cpu().clone()} | {k: x.to("cpu", copy=True) for k, x in found.items()}
    return out


def load_moments(shards: Shards, order: Sequence[nn.Parameter], saved: dict[int, dict[str, Tensor]]) -> None:
    """Bring them back; weights in single precision that are not there are taken from the model."""
    zero = shards.optimizer
    zero.optimizer.state.clear()
    zero.refresh_fp32_params()
    if not saved:
        return
    step = next(iter(saved.values()))["step"]
    for flat in flats(shards):
        zero.optimizer.state[flat] = {
            "step": torch.as_tensor(step, dtype=torch.float32).clone(),
            **{name: torch.zeros_like(flat) for name in MOMENTS},
        }
    link(shards)
    for number, p in enumerate(order):
        for name in (*MOMENTS, MASTER):
            if name in saved[number] and (name != MASTER or shards.low):
                put(shards, p, name, saved[number][name])


def flats(shards: Shards) -> list[Tensor]:
    """What the optimiser steps: this rank's part of each group, in single precision."""
    zero = shards.optimizer
    found: list[Tensor] = (
        zero.fp32_partitioned_groups_flat if shards.stage == 3 else zero.single_partition_of_fp32_groups
    )
    return found


def link(shards: Shards) -> None:
    """Let DeepSpeed find each weight's place in the moments."""
    if shards.stage < 3:
        shards.optimizer._hp_optimizer_states_linked = False
        shards.optimizer._lazy_init_hp_params_optimizer_state()


def full(shards: Shards, p: Any, name: str) -> Tensor:
    """All of a weight's moment, or of its single-precision copy; every rank must call."""
    key = None if name == MASTER else name
    if shards.stage == 3:
        return shards.whole(p, shards.optimizer.get_local_fp32_param(p, key))
    found: Tensor = p.get_full_hp_param(key)
    return found


def put(shards: Shards, p: Any, name: str, value: Tensor) -> None:
    """Keep this rank's part of it."""
    key = None if name == MASTER else name
    value = value.to(p.device, torch.float32)
    if shards.stage == 3:
        shards.optimizer.set_local_hp_param(shards.part(p, value), p, key)
    else:
        p.set_full_hp_param(value, key)


@torch.no_grad()
def load_weights(shards: Shards, folder: Path, what: str) -> None:
    """Bring weights back from a folder, every tensor matched; every rank must call (ZeRO-3).

    Raises:
        CheckpointError: they are not the model's.
    """
    core: Any = shards.core
    if hasattr(core, "disable_adapter"):
        if not (folder / "adapter_config.json").is_file():
            raise CheckpointError(f"{what}: {folder} holds a whole model, this run trains an adapter")
        mine = [p for p in shards.others() if p.requires_grad]
        shards.hold(mine)
        restore_adapter(core, folder, what)
        shards.let_go(mine + [p for p in shards.held if p.requires_grad], changed=True)
    else:
        saved = load_model(str(folder), "bfloat16" if shards.low else "float32").state_dict()
        wanted = core.state_dict(keep_vars=True)
        refuse_odd(saved, {name: torch.empty(shape_of(p), device="meta") for name, p in wanted.items()}, folder, what)
        for name, p in wanted.items():
            keep(shards, p, saved[name])
    shards.refresh()


def keep(shards: Shards, p: Any, value: Tensor) -> None:
    """Put a whole weight into this rank's part of it."""
    if hasattr(p, "ds_tensor"):
        p.ds_tensor.copy_(shards.part(p, value.to(p.ds_tensor)))
    else:
        p.data.copy_(value)


def shape_of(p: Any) -> tuple[int, ...]:
    """Of a weight as a whole."""
    return tuple(getattr(p, "ds_shape", p.shape))
