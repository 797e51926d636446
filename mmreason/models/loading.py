"""From a folder or hub id to weights and processor, and back: nothing is loaded by halves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mmreason.errors import CheckpointError
from mmreason.models.qwen_vl import refuse_unknown

TINY = "mmreason-tiny"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def where(model: str) -> str:
    """The embedded model by its name, else the path or hub id as given."""
    embedded = Path(__file__).parent.parent / "assets" / TINY
    return str(embedded) if model == TINY else model


def is_local(model: str) -> bool:
    """Say whether this can only be a folder: it exists, or it is no ``owner/name``."""
    return Path(model).exists() or model.startswith((".", "/", "~")) or model.count("/") != 1


def load_config(model: str) -> Any:
    """Read the configuration alone: cheap enough to refuse an unsupported checkpoint before anything else.

    Raises:
        CheckpointError: there is no such folder, or it holds no configuration.
        RecipeError: the architecture is not supported.
    """
    path = where(model)
    if is_local(path) and not (Path(path) / "config.json").is_file():
        raise CheckpointError(
            f"model {model!r}: expected a folder with config.json, found "
            f"{'a folder without one' if Path(path).is_dir() else 'no such folder'}; "
            f"give a checkpoint folder, a hub id (owner/name) or {TINY!r}"
        )
    from transformers import PretrainedConfig

    try:
        found, _ = PretrainedConfig.get_config_dict(path)
    except (OSError, json.JSONDecodeError) as error:
        raise CheckpointError(f"model {model!r}: the configuration cannot be read: {first_line(error)}") from None
    refuse_unknown(str(found.get("model_type")), f"model {model!r}")
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(path)


def first_line(error: BaseException) -> str:
    """The gist of a library's error."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def load_model(model: str, dtype: str = "float32") -> nn.Module:
    """Load weights, every tensor matched.

    Raises:
        CheckpointError: missing, unexpected or misshapen tensors, or no weights.
    """
    load_config(model)
    from safetensors import SafetensorError
    from transformers import AutoModelForImageTextToText

    try:
        with quiet():
            loaded: Any = AutoModelForImageTextToText.from_pretrained(
                where(model),
                dtype=DTYPES[dtype],
                attn_implementation="sdpa",
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # so that they are named below, with everything else that is wrong
            )
        core, info = loaded
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(f"model {model!r}: the weights cannot be loaded: {first_line(error)}") from None
    wrong = {name: sorted(map(str, info[name]))[:3] for name in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    if any(wrong.values()):
        raise CheckpointError(
            f"model {model!r}: the checkpoint does not fill the model exactly: "
            + "; ".join(f"{name.replace('_', ' ')} {keys} ..." for name, keys in wrong.items() if keys)
        )
    assert isinstance(core, nn.Module)
    return core


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and tables from transformers: what they would say is checked, and said in one line."""
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()


def load_processor(model: str) -> Any:
    """Load tokenizer, image and video processor and chat template."""
    from transformers import AutoProcessor

    try:
        return AutoProcessor.from_pretrained(where(model))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"model {model!r}: the processor cannot be loaded: {first_line(error)}") from None


def checksum(core: nn.Module) -> str:
    """Hash of all weights by name: equal weights, equal text."""
    digest = hashlib.sha256()
    for name, tensor in sorted(core.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy())
    return digest.hexdigest()


def restore(core: nn.Module, folder: Path, what: str) -> None:
    """Bring a model in memory to the weights of a folder that ``save_pretrained`` wrote; all of them or none.

    Raises:
        CheckpointError: anything is missing, left over, of another shape or damaged.
    """
    adapted = hasattr(core, "disable_adapter")
    if adapted != (folder / "adapter_config.json").is_file():
        has, wants = ("a whole model", "an adapter") if adapted else ("an adapter", "a whole model")
        raise CheckpointError(
            f"{what}: {folder} holds {has}, this run trains {wants}; give the other, or change Policy.lora"
        )
    if adapted:
        restore_adapter(core, folder, what)
        return
    saved: nn.Module = load_model(str(folder), str(next(core.parameters()).dtype).removeprefix("torch."))
    refuse_odd(saved.state_dict(), core.state_dict(), folder, what)
    core.load_state_dict(saved.state_dict(), strict=True)


def restore_adapter(core: nn.Module, folder: Path, what: str) -> None:
    """Bring a peft model's adapter to the saved one."""
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        saved = load_file(str(folder / "adapter_model.safetensors"))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{what}: the adapter in {folder} cannot be read: {first_line(error)}") from None
    refuse_odd(saved, get_peft_model_state_dict(core, save_embedding_layers=False), folder, what)
    set_peft_model_state_dict(core, saved)


def refuse_odd(saved: dict[str, Any], wanted: dict[str, Any], folder: Path, what: str) -> None:
    """Compare names and shapes before anything is copied."""
    odd = sorted(set(saved) ^ set(wanted)) or sorted(n for n in saved if saved[n].shape != wanted[n].shape)
    if odd:
        raise CheckpointError(
            f"{what}: {folder} does not fill the model exactly: {len(odd)} tensors are missing, left over or of "
            f"another shape, e.g. {odd[:3]}"
        )
