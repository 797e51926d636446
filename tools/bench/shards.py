"""What each process holds while a model learns, counted from the tensors: replicated, and under ZeRO-1, 2 and 3.

torchrun --nproc-per-node 2 -m tools.bench.shards [--model mmreason-tiny] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import torch
from mmreason_recipes.cat_charts import cat_charts
from torch import Tensor

from mmreason import engine
from mmreason.asks import POLICY
from mmreason.models.specs import Policy
from mmreason.ranks import join, leave
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.types import Across

KINDS = ("none", "zero1", "zero2", "zero3", "zero2 bf16", "zero3 bf16")
Held = dict[str, int]
"""Bytes by what they are for."""


def tensors(value: Any) -> Iterator[Tensor]:
    """Every tensor in nested containers."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from tensors(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from tensors(inner)


def size(value: Any, known: set[int]) -> int:
    """Bytes of all memory under these tensors that is not known yet."""
    total = 0
    for tensor in tensors(value):
        memory = tensor.untyped_storage()
        if memory.data_ptr() and memory.data_ptr() not in known:
            known.add(memory.data_ptr())
            total += memory.nbytes()
    return total


def held(part: Any) -> Held:
    """What this process holds of a policy between its last backward pass and the optimiser's step."""
    sharding, weights = part.sharding, list(part.core.parameters())
    zero = sharding.shards.optimizer if hasattr(sharding, "shards") else None
    inner = zero.optimizer if zero is not None else sharding.optimizer
    known: set[int] = set()
    fields = vars(zero) if zero is not None else {}
    found = {"weights": size([(p.data, getattr(p, "ds_tensor", None)) for p in weights], known)}
    copies = [value for name, value in fields.items() if "fp32" in name and "grad" not in name]
    found["optimiser"] = size([list(inner.state.values()), copies], known)
    found["gradients"] = size([p.grad for p in weights], known)
    found["gradients"] += size([value for name, value in fields.items() if "grad" in name], known)
    return found


def supervised(model: str, shard: str = "none", dtype: Literal["float32", "bfloat16"] = "float32") -> Recipe:
    """Two supervised steps of all weights on generated pictures."""
    whole: Recipe = cat_charts(cold_steps=2, steps=1, groups=2, model=model)
    policy = dict(whole.models)[POLICY]
    assert isinstance(policy, Policy)
    policy = replace(policy, shard=shard, dtype=dtype)
    return replace(whole, stages=whole.stages[:1], exams=(), models=((POLICY, policy),))


def measured(model: str, kind: str, across: Across, home: Path) -> Held:
    """Learn, and look before the last step ends: the moments are there then."""
    shard, _, low = kind.partition(" ")
    recipe = supervised(model, shard, "bfloat16" if low else "float32")
    run = Run(models={}, across=across, home=home)
    run.open(recipe)
    part: Any = run.models[POLICY]
    step, found = part.sharding.step, Held()

    def look(rate: float) -> float:
        found.update(held(part))
        return float(step(rate))

    part.sharding.step = look
    engine.train(recipe, run)
    return found


def say(across: Across, line: str) -> None:
    """Print on the first rank."""
    if across.rank == 0:
        print(line, flush=True)


def main() -> None:
    """Print a table: what each rank holds, in MB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mmreason-tiny")
    parser.add_argument("--json", type=Path)
    options, across = parser.parse_args(), join()
    torch.set_num_threads(1)
    rows: dict[str, list[Held]] = {}
    say(across, f"MB of each of {across.num} process(es)\n\n| | weights | optimiser | gradients |\n|---|---|---|---|")
    for kind in KINDS if across.num > 1 else KINDS[:1]:
        with TemporaryDirectory() as folder:
            ranks = rows[kind] = across.gather([measured(options.model, kind, across, Path(folder))])
        told = (" / ".join(f"{rank[name] / 1e6:.1f}" for rank in ranks) for name in ranks[0])
        say(across, f"| {kind} | {' | '.join(told)} |")
    if options.json and across.rank == 0:
        options.json.write_text(json.dumps(rows, indent=2))
    leave()


if __name__ == "__main__":
    main()
