"""Which records a gradient that is no number comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from mmreason.losses.base import Loss
from mmreason.models.sharding import Replicated
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.train.update import accumulate
from mmreason.types import Alone, Batch


def suspects(run: Run, stage: Stage, batch: Batch) -> list[str]:
    """Ids of the tasks whose group, learned from by itself, gives a loss or gradient that is no number.

    Each group is forwarded and differentiated once more; gradients are cleared, weights stay. A loss that looks at the
    whole batch sees one group at a time here. Nothing is tried where the weights are sharded over ranks, which would
    have to take part.
    """
    out = []
    for role in dict.fromkeys(loss.trains for loss in stage.losses):
        losses = [loss for loss in stage.losses if loss.trains == role]
        model: Any = run.models[role]
        core = getattr(model, "core", None)
        if core is None or not isinstance(getattr(model, "sharding", None), Replicated | None):
            continue
        out += [g.task.id for g in batch.groups if spoils(run, model, losses, replace(batch, groups=(g,)))]
    return list(dict.fromkeys(out))


def spoils(run: Run, model: Any, losses: Sequence[Loss], alone: Batch) -> bool:
    """Say whether learning from this group alone gives what is no number."""
    alone = replace(alone, across=Alone())
    scale = [1.0 / max(loss.count(alone), 1e-12) for loss in losses]
    weights = [p for p in model.core.parameters() if p.requires_grad]
    value, _ = accumulate(model, run.answer, alone, losses, scale)
    bad = not math.isfinite(value) or any(
        p.grad is not None and not bool(torch.isfinite(p.grad).all()) for p in weights
    )
    for p in weights:
        p.grad = None
    return bad
