"""Finds the model that a word means: a run, one of its checkpoints, a folder, the embedded model or a hub id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from mmreason.cli.suggest import unknown
from mmreason.errors import CheckpointError
from mmreason.models.loading import TINY, first_line, load_config, where
from mmreason.models.specs import Lora
from mmreason.models.text import context_of
from mmreason.runs.checkpoint import latest

LONGEST = 2048
"""Tokens of an answer where neither the user nor the checkpoint says more (the papers' evaluation)."""


def find_checkpoint(given: str) -> str:
    """Find the policy's folder under a run or a checkpoint; anything else is given back as it is.

    Raises:
        CheckpointError: the run has no checkpoint, or there is no such run in a folder that is there.
    """
    folder = Path(given)
    if not folder.exists() and len(folder.parts) > 1 and folder.parent.is_dir():
        beside = [path.name for path in folder.parent.iterdir() if path.is_dir() and not path.name.startswith(".")]
        raise CheckpointError(f"{folder.parent}: {unknown('run or checkpoint', folder.name, sorted(beside))}")
    if (folder / "policy").is_dir():
        return str(folder / "policy")
    if (folder / "checkpoints").is_dir() or (folder / "versions.json").is_file():
        newest = latest(folder)
        if newest is None:
            raise CheckpointError(f"{folder} is a run without a checkpoint yet; train it further, or give a checkpoint")
        return str(newest / "policy")
    return given


def split_adapter(model: str) -> tuple[str, Lora | None, Path | None]:
    """Take a LoRA folder apart: its base model, the shape of the adapter, and the folder.

    Returns:
        ``(model, None, None)`` for a checkpoint that is whole.

    Raises:
        CheckpointError: the adapter's description cannot be read.
    """
    path = Path(model) / "adapter_config.json"
    if not path.is_file():
        return model, None, None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        targets = found["target_modules"]
        if not isinstance(targets, str):
            targets = r".*\.(" + "|".join(sorted(targets)) + ")"
        bits = bits_below(Path(model))
        lora = Lora(rank=int(found["r"]), alpha=int(found["lora_alpha"]), targets=targets, bits=bits)
        return str(found["base_model_name_or_path"]), lora, Path(model)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: no whole description of an adapter ({type(error).__name__}: {error})") from None


def bits_below(folder: Path) -> Literal[4] | None:
    """Precision of the weights below an adapter, as the run trained them that the folder belongs to."""
    from mmreason.export.record import read_record
    from mmreason.export.weights import lora_of

    try:
        spec = read_record(folder).roles().get(folder.name, {})
    except CheckpointError:  # it was taken out of its run
        return None
    lora = lora_of(spec)
    return lora.bits if lora is not None else None


def label(given: str, model: str) -> str:
    """Name a model in a file name.

    >>> label("runs/quickstart", "runs/quickstart/checkpoints/step_000120/policy")
    'quickstart-step_000120'
    >>> label("Qwen/Qwen2.5-VL-3B-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct")
    'Qwen2.5-VL-3B-Instruct'
    """
    path = Path(model)
    if path.name == "policy" and path.parent.parent.name == "checkpoints":
        return f"{path.parents[2].name}-{path.parent.name}"
    return Path(given).resolve().name if given != TINY and Path(given).exists() else path.name


def longest_answer(model: str) -> int:
    """Tokens that an answer may have: what the checkpoint is told to write at most, within its context."""
    from transformers import GenerationConfig

    context = context_of(load_config(model))
    try:
        most = GenerationConfig.from_pretrained(where(model)).max_new_tokens
    except OSError as error:
        raise CheckpointError(f"model {model!r}: generation_config.json: {first_line(error)}; give --limit") from None
    return int(most or min(LONGEST, context // 32))
