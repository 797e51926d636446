"""Writes a checkpoint as a plain Hugging Face model, or as an adapter, with its card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from mmreason.errors import CheckpointError
from mmreason.evaluation.contract import FILE as CONTRACT
from mmreason.export.card import Exported, card
from mmreason.export.record import Record
from mmreason.export.weights import Weights, load_weights
from mmreason.models.loading import DTYPES, quiet
from mmreason.models.merge import merged
from mmreason.runs.atomic import new_folder

SHARD = "5GB"
"""Size of the largest file of weights."""


def export(
    record: Record,
    to: Path,
    role: str = "policy",
    adapter: bool = False,
    dtype: str | None = None,
    licence: str = "unknown",
) -> Path:
    """Write a role's weights, the processor, generation settings, the evaluation contract and a model card.

    The folder appears whole or not at all. Where the policy has an adapter, it is added to the weights below it, so
    that plain ``from_pretrained`` loads the model; under QLoRA these are the four-bit weights, written out, for those
    were trained on and measured.

    Args:
        record: the run and the checkpoint.
        to: a folder that is missing or empty.
        role: whose weights: of a model that learns, or a moving average of one.
        adapter: keep the adapter apart, for peft.
        dtype: of the weights; None leaves it as it was trained.
        licence: the identifier on the card.

    Returns:
        The folder.

    Raises:
        CheckpointError: the target is not empty, the role has no weights, or a file is missing or damaged.
        RecipeError: the weights cannot be put together here.
    """
    refuse_full(to)
    with quiet():
        weights = load_weights(record, role)
        if adapter and weights.lora is None:
            raise CheckpointError(f"{record.home}: role {role!r} was trained without an adapter; leave --adapter out")
        core = weights.core if adapter else merged(weights.core)
        if dtype is not None:
            core.to(DTYPES[dtype])
        contract = contract_of(record, weights)
        told = Exported(record, role, adapter, str(next(core.parameters()).dtype), licence, weights, contract)
        try:
            with new_folder(to) as draft:
                save(core, weights, draft, adapter)
                if contract is not None:
                    shutil.copyfile(contract, draft / CONTRACT)
                (draft / "README.md").write_text(card(told, to.name), encoding="utf-8")
        except OSError as error:
            raise CheckpointError(f"{to} could not be written: {error.strerror or error}; make room") from None
    return to


def refuse_full(to: Path) -> None:
    """See that nothing is overwritten.

    Raises:
        CheckpointError: something is there.
    """
    if to.is_file() or (to.is_dir() and any(to.iterdir())):
        what = "a file" if to.is_file() else "a folder that is not empty"
        raise CheckpointError(f"{to} is {what}: give a folder that is missing or empty")


def save(core: Any, weights: Weights, folder: Path, adapter: bool) -> None:
    """Write weights and processor."""
    if not adapter:
        core.save_pretrained(folder, max_shard_size=SHARD)
    else:
        core.save_pretrained(folder, save_embedding_layers=False)
        path = folder / "adapter_config.json"
        config = json.loads(path.read_text(encoding="utf-8")) | {"base_model_name_or_path": weights.base}
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    weights.processor.save_pretrained(folder)


def contract_of(record: Record, weights: Weights) -> Path | None:
    """The evaluation contract: beside the weights, in the checkpoint or in the run's folder."""
    places = (weights.folder, record.folder, record.home)
    return next((place / CONTRACT for place in places if (place / CONTRACT).is_file()), None)
