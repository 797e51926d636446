"""The weights of one role of a checkpoint, put together again as they were trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from mmreason.errors import CheckpointError
from mmreason.export.record import Record
from mmreason.models.families import linears
from mmreason.models.loading import first_line, load_config, load_model, load_processor, restore
from mmreason.models.lora import Lora, adapted
from mmreason.models.qwen_vl import ARCHITECTURES
from mmreason.runs.plain_file import read_plain


@dataclass(frozen=True, eq=False)
class Weights:
    """A model as it was trained, with its adapter apart if it has one."""

    core: Any
    processor: Any
    base: str
    """What it started from, as the recipe has it: a hub id, a path, or an embedded model's name."""
    lora: Lora | None
    folder: Path
    """Where the checkpoint keeps them, or those of the role that an average is of."""


def load_weights(record: Record, role: str) -> Weights:
    """Load a role's weights, every tensor matched.

    Raises:
        CheckpointError: the checkpoint has no such role, or what it has is no language model, incomplete or damaged.
        RecipeError: four-bit weights are asked for and bitsandbytes is missing.
    """
    spec, owner = spec_of(record, role), role
    averaged = not (record.folder / role).is_dir()
    if averaged:
        owner = spec["of"]["name"]
        spec = spec_of(record, owner)
    folder, lora = record.folder / owner, lora_of(spec)
    base = str(spec["model"])
    if lora is None:
        core: Any = load_model(str(folder), dtype_of(folder))
    else:
        core = adapted(load_model(base, str(spec["dtype"])), lora, linears(load_config(base)))
        restore(core, folder, owner)
    if averaged:
        lay_average(core, record.folder, role)
    return Weights(core.eval(), load_processor_of(folder, base), base, lora, folder)


def spec_of(record: Record, role: str) -> Mapping[str, Any]:
    """Who plays the role, as the recipe describes it.

    Raises:
        CheckpointError: nobody whose weights are in the checkpoint.
    """
    specs = record.roles()
    there = {name for name in specs if (record.folder / name).is_dir() and "model" in specs[name]}
    there |= {name for name, spec in specs.items() if "decay" in spec and spec.get("of", {}).get("name") in there}
    if role not in there:
        why = "it has no weights of its own in it" if role in specs else "the recipe has none of this name"
        known = ", ".join(sorted(there)) or "none"
        raise CheckpointError(f"{record.folder.name} cannot give the role {role!r}: {why}; there are: {known}")
    return specs[role]


def lora_of(spec: Mapping[str, Any]) -> Lora | None:
    """The adapter that the recipe asks for."""
    told = spec.get("lora")
    return None if told is None else Lora(**{f.name: told[f.name] for f in fields(Lora) if f.name in told})


def dtype_of(folder: Path) -> str:
    """The precision in which the weights were saved."""
    config = load_config(str(folder))
    return str(config.dtype or torch.float32).removeprefix("torch.")


def load_processor_of(folder: Path, base: str) -> Any:
    """The processor that was trained with, pixel limits included, from beside the weights.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    if (folder / "config.json").is_file():
        return load_processor(str(folder))
    import transformers

    sees = load_config(base).model_type in ARCHITECTURES
    auto = transformers.AutoProcessor if sees else transformers.AutoTokenizer
    try:
        return auto.from_pretrained(str(folder))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder}: the processor cannot be loaded: {first_line(error)}") from None


@torch.no_grad()
def lay_average(core: Any, folder: Path, role: str) -> None:
    """Put a moving average into the weights that it averages; everything else is frozen and the same.

    Raises:
        CheckpointError: the checkpoint averages other weights than the model has.
    """
    saved = read_plain(folder / "state.pt")["run"]["models"].get(role, {}).get("average")
    target = dict(core.named_parameters())
    if not isinstance(saved, Mapping) or any(
        name not in target or target[name].shape != value.shape for name, value in saved.items()
    ):
        raise CheckpointError(f"{folder / 'state.pt'} holds no average of {role!r} that fits the model")
    for name, value in saved.items():
        target[name].copy_(value)
