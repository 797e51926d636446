"""Which family reads a checkpoint: told by its configuration, so that one ``Policy`` serves all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from torch import nn

from mmreason.errors import RecipeError
from mmreason.ledger import Ledger
from mmreason.models import generic, text
from mmreason.models.family import Body, Encoder
from mmreason.models.generic import GenericBody
from mmreason.models.qwen_vl import ARCHITECTURES, LANGUAGE_LINEARS, QwenVLEncoder
from mmreason.models.qwen_vl_body import QwenVLBody
from mmreason.models.store import MediaStore
from mmreason.models.text import TextEncoder, runs_in_decoder
from mmreason.models.text_body import TextBody

if TYPE_CHECKING:
    from vision_data.selection_cache import SelectionCache

logger = logging.getLogger(__name__)


def encoder_for(
    processor: Any,
    config: Any,
    store: MediaStore,
    ledger: Ledger,
    workers: int = 0,
    ahead_bytes: int = 0,
    clips: SelectionCache | None = None,
) -> Encoder:
    """What turns prompts into tokens.

    Args:
        processor: what ``load_processor`` gives.
        config: what ``load_config`` gives.
        store: where pixels are kept.
        ledger: counts decodes and processor runs.
        workers: threads that read media ahead.
        ahead_bytes: host memory for what they have read.
        clips: where decoded frames of videos are kept on disk.
    """
    if config.model_type in ARCHITECTURES:
        return QwenVLEncoder(processor, config, store, ledger, workers, ahead_bytes, clips)
    if not processor.chat_template:
        logger.info("the tokenizer has no chat template: a prompt is the texts of its messages, joined by line breaks")
    return TextEncoder(processor, config)


def body_for(core: nn.Module, config: Any) -> Body:
    """What runs a loaded model."""
    if config.model_type in ARCHITECTURES:
        return QwenVLBody(core)
    return TextBody(core) if runs_in_decoder(config) else GenericBody(core)


def linears(config: Any) -> str:
    """LoRA targets where nothing is said: every linear layer of the language model."""
    if config.model_type in ARCHITECTURES:
        return LANGUAGE_LINEARS
    return text.LINEARS if runs_in_decoder(config) else generic.LINEARS


def refuse_unknown(config: Any, where: str) -> None:
    """Refuse what is neither of the Qwen2-VL line nor a causal language model of text alone.

    Raises:
        RecipeError: naming the architecture and what is supported.
    """
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as CAUSAL

    kind = config.model_type
    if kind in ARCHITECTURES:
        return
    if getattr(config, "is_encoder_decoder", False):
        raise RecipeError(
            f"{where} is a {kind!r} checkpoint, an encoder-decoder model; a policy goes on from its prompt: "
            "take a decoder-only model"
        )
    if kind not in CAUSAL or any(getattr(config, f"{part}_config", None) for part in ("vision", "audio", "text")):
        raise refused(kind, where)


def refused(kind: Any, where: str) -> RecipeError:
    """The line for an architecture that nobody here reads."""
    named = f"is a {kind!r} checkpoint" if kind else "names no model_type in its config.json"
    return RecipeError(
        f"{where} {named}; supported architectures: {', '.join(ARCHITECTURES)} with images and videos, and the text "
        "models that AutoModelForCausalLM of the installed transformers loads"
    )
