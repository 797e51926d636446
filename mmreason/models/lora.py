"""LoRA adapters, on weights as they are or rounded to four bits (QLoRA)."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from torch import Tensor, nn

from mmreason.errors import RecipeError

PACKAGE = "bitsandbytes"


@dataclass(frozen=True, kw_only=True)
class Lora:
    """LoRA (arXiv:2106.09685) on linear layers, through peft; with ``bits=4`` QLoRA (arXiv:2305.14314).

    Under QLoRA the linear layers of the language model are kept in NF4 with double quantisation, through bitsandbytes,
    and computed in ``Policy.dtype``; tower, embeddings, norms and head stay as they are. They are rounded on the CPU
    before they go to the device, so that the rounded weights are the same on any.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: str | None = None
    """Regular expression over module names; None for every linear layer of the language model, none of a tower."""
    bits: Literal[4] | None = None
    """Of the frozen weights below the adapter; None leaves them in ``Policy.dtype``."""

    def __post_init__(self) -> None:
        """Refuse an adapter that is none."""
        if self.rank < 1 or not 0 <= self.dropout < 1:
            raise RecipeError(f"Lora needs rank >= 1 and 0 <= dropout < 1, got {self.rank} and {self.dropout}")
        if self.bits not in (None, 4):
            raise RecipeError(f"Lora.bits is 4, or None for weights that are not rounded; got {self.bits!r}")


def adapted(core: nn.Module, lora: Lora, linears: str) -> nn.Module:
    """Add the adapter; everything else is frozen by peft.

    Args:
        core: the model, still on the CPU.
        lora: its shape.
        linears: regular expression of the language model's linear layers.

    Raises:
        RecipeError: no layer can be adapted, or bitsandbytes is missing.
    """
    if lora.bits is not None:
        quantise(core, linears)  # before peft, which would load bitsandbytes with all it has to say
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets or linears,
        task_type="CAUSAL_LM",
    )
    try:
        model: Any = core
        return get_peft_model(model, config)
    except ValueError as error:
        gist = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RecipeError(f"Lora.targets {lora.targets!r} cannot be adapted: {gist}") from None


def quantise(core: nn.Module, linears: str) -> None:
    """Put four-bit layers in the place of the linear layers whose names match.

    Raises:
        RecipeError: bitsandbytes is missing.
    """
    bnb: Any = bitsandbytes()
    for name, old in matching(core, linears):
        new = bnb.nn.Linear4bit(
            old.in_features, old.out_features, old.bias is not None, old.weight.dtype, quant_type="nf4", device="meta"
        )
        new.weight = bnb.nn.Params4bit(old.weight.data, requires_grad=False, quant_type="nf4", module=new).to("cpu")
        if old.bias is not None:
            new.bias = nn.Parameter(old.bias.data, requires_grad=False)
        # what it would repack weights into on some CPUs, whenever no gradient is wanted, rounds differently
        new.support_avx512bf16_for_cpu = False
        parent, _, last = name.rpartition(".")
        setattr(core.get_submodule(parent), last, new)
    core.is_loaded_in_4bit = True  # type: ignore[assignment]  # which tells peft to look for such layers


def matching(core: Any, linears: str) -> list[tuple[str, nn.Linear]]:
    """Linear layers whose names match, or with peft's word ``all-linear`` all of them; never the head."""
    head, pattern = core.get_output_embeddings(), ".*" if linears == "all-linear" else linears
    return [
        (name, part)
        for name, part in core.named_modules()
        if type(part) is nn.Linear and part is not head and re.fullmatch(pattern, name)
    ]


def plain_weight(layer: Any) -> Tensor:
    """The weight of a layer as its forward sees it, in four bits or not."""
    weight: Any = layer.weight
    if getattr(weight, "quant_state", None) is None:
        return weight  # type: ignore[no-any-return]
    functional: Any = bitsandbytes().functional
    found: Tensor = functional.dequantize_4bit(weight.data, weight.quant_state)
    return found


def bitsandbytes() -> Any:
    """The library of four-bit weights.

    Raises:
        RecipeError: it is not installed, or not for this machine.
    """
    if find_spec(PACKAGE) is None:
        raise RecipeError(f"Lora(bits=4) needs {PACKAGE}, which is not installed: pip install {PACKAGE}")
    logger = logging.getLogger(PACKAGE)
    before = logger.level
    logger.setLevel(logging.ERROR)  # it proposes kernels that are not used here
    try:
        found = import_module(PACKAGE)
    except (ImportError, OSError, RuntimeError) as error:
        raise RecipeError(f"Lora(bits=4) needs {PACKAGE}, which does not load here: {error}") from None
    finally:
        logger.setLevel(before)
    return found
