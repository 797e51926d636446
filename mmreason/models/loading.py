"""From a folder or hub id to weights and processor, and back: nothing is loaded by halves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmreason.errors import CheckpointError
from mmreason.models.families import refuse_unknown, refused
from mmreason.models.qwen_vl import ARCHITECTURES
from mmreason.models.text import runs_in_decoder

TINY, TINY_TEXT = "mmreason-tiny", "mmreason-tiny-text"
"""The embedded models: Qwen2.5-VL architecture on transit maps, Qwen2 architecture on small sums."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def where(model: str) -> str:
    """An embedded model by its name, else the path or hub id as given."""
    return str(Path(__file__).parent.parent / "assets" / model) if model in (TINY, TINY_TEXT) else model


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
    from huggingface_hub.errors import StrictDataclassError
    from transformers import PretrainedConfig

    try:
        found, _ = PretrainedConfig.get_config_dict(path)
        if not isinstance(found, dict):
            raise ValueError("config.json holds no object with named fields")
    except (OSError, ValueError, AttributeError) as error:
        raise CheckpointError(f"model {model!r}: the configuration cannot be read: {first_line(error)}") from None
    from transformers import AutoConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    if found.get("model_type") not in CONFIG_MAPPING:
        raise refused(found.get("model_type"), f"model {model!r}")
    try:
        config = AutoConfig.from_pretrained(path)
    except (StrictDataclassError, ValueError, TypeError, KeyError) as error:
        why = " ".join(str(error).split())
        raise CheckpointError(f"model {model!r}: the configuration cannot be used: {why}") from None
    refuse_unknown(config, f"model {model!r}")
    return config


def first_line(error: BaseException) -> str:
    """The gist of a library's error."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def load_model(model: str, dtype: str = "float32") -> nn.Module:
    """Load weights, every tensor matched.

    Raises:
        CheckpointError: missing, unexpected or misshapen tensors, or no weights.
    """
    config = load_config(model)
    from safetensors import SafetensorError

    try:
        with quiet():
            loaded: Any = auto_class(config).from_pretrained(
                where(model),
                dtype=DTYPES[dtype],
                **attention_of(config),
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


def auto_class(config: Any) -> Any:
    """The class of transformers that loads such weights."""
    import transformers

    sees = config.model_type in ARCHITECTURES
    return transformers.AutoModelForImageTextToText if sees else transformers.AutoModelForCausalLM


def attention_of(config: Any) -> dict[str, str]:
    """SDPA, unless the attention scores are capped, which it cannot do; left to the library for unknown models."""
    if config.model_type in ARCHITECTURES or runs_in_decoder(config):
        return {"attn_implementation": "sdpa"}
    return {"attn_implementation": "eager"} if getattr(config, "attn_logit_softcapping", None) else {}


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
    """Load what turns prompts into tokens: tokenizer, image and video processor and chat template, or a tokenizer.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    import transformers

    sees = load_config(model).model_type in ARCHITECTURES
    what, auto = ("processor", transformers.AutoProcessor) if sees else ("tokenizer", transformers.AutoTokenizer)
    try:
        found = auto.from_pretrained(where(model))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"model {model!r}: the {what} cannot be loaded: {first_line(error)}") from None
    if not sees and not found("0", add_special_tokens=False)["input_ids"]:  # made from nothing, in silence
        raise CheckpointError(
            f"model {model!r}: the tokenizer cannot be loaded: it knows no text; are its files (tokenizer.json, or "
            "those of its kind) in the folder?"
        )
    return found


def checksum(core: nn.Module) -> str:
    """Hash of all weights by name: equal weights, equal text."""
    return digest(sorted(core.state_dict().items()))


def digest(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """Hash of tensors with their names, in this order."""
    found = hashlib.sha256()
    for name, tensor in tensors:
        found.update(name.encode())
        found.update(tensor.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy().data)
    return found.hexdigest()


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
