"""DeepSpeed's configuration: one of ours by name or a file of the user's, with what the recipe decides filled in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mmreason.errors import RecipeError

COMMON: dict[str, Any] = {
    "overlap_comm": False,
    "contiguous_gradients": True,
    "reduce_bucket_size": 50_000_000,
}
STAGES: dict[str, dict[str, Any]] = {
    "zero1": {"zero_optimization": {"stage": 1, **COMMON}},
    "zero2": {"zero_optimization": {"stage": 2, **COMMON}, "data_types": {"grad_accum_dtype": "fp32"}},
    "zero3": {
        "zero_optimization": {
            "stage": 3,
            **COMMON,
            "stage3_prefetch_bucket_size": 50_000_000,
            "stage3_param_persistence_threshold": 100_000,
        },
        "data_types": {"grad_accum_dtype": "fp32"},
    },
}
"""What ``--zero 1``, ``2`` and ``3`` mean; the files of these names in tools/deepspeed say the same."""
DECIDED = {
    "train_batch_size": "the recipe's groups",
    "train_micro_batch_size_per_gpu": "Policy.budget",
    "gradient_accumulation_steps": "Policy.budget",
    "gradient_clipping": "AdamW.clip",
    "optimizer": "Policy.optim",
    "scheduler": "AdamW.schedule",
    "bf16": "Policy.dtype",
}
"""What a file may leave to the recipe only, and where that says it."""


def read_config(shard: str) -> dict[str, Any]:
    """The configuration of a name, or of a file; entries that are ``auto`` are left out.

    Raises:
        RecipeError: there is no such name or file, or it asks for what the recipe decides or what is not supported.
    """
    found = STAGES.get(shard)
    if found is None:
        path = Path(shard)
        if not path.is_file():
            raise RecipeError(f"Policy.shard is none, {', '.join(STAGES)} or a DeepSpeed file; there is no {shard!r}")
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RecipeError(f"{shard} is no DeepSpeed configuration: {error}") from None
        if not isinstance(found, dict):
            raise RecipeError(f"{shard} is no DeepSpeed configuration: expected an object with named fields")
    config: dict[str, Any] = without_auto(found)
    for name, place in DECIDED.items():
        if name in config:
            raise RecipeError(f"{shard} sets {name}, which {place} decides; take it out of the file, or write 'auto'")
    for name in ("zero_optimization", "fp16", "data_types"):
        if not isinstance(config.get(name, {}), dict):
            raise RecipeError(f"{shard}: {name} must be an object with named fields, got {config[name]!r}")
    stage = stage_of(config)
    if stage not in (1, 2, 3) or isinstance(stage, bool):
        raise RecipeError(f"{shard}: zero_optimization.stage must be 1, 2 or 3, got {stage!r}")
    if config.get("fp16", {}).get("enabled"):
        raise RecipeError(f"{shard} switches fp16 on, whose loss scaling is not supported; use Policy.dtype 'bfloat16'")
    if stage == 1 and config.get("data_types", {}).get("grad_accum_dtype") == "fp32":
        raise RecipeError(f"{shard}: DeepSpeed's ZeRO-1 adds gradients up in the weights' type; leave data_types out")
    return config


def without_auto(value: Any) -> Any:
    """The same without fields that are ``auto``, as files written for other trainers have them."""
    if not isinstance(value, dict):
        return value
    rest = {name: without_auto(inner) for name, inner in value.items() if inner != "auto"}
    return {name: inner for name, inner in rest.items() if inner != {} or value[name] == {}}


def stage_of(config: dict[str, Any]) -> Any:
    """The ZeRO stage, 0 where there is none."""
    return config.get("zero_optimization", {}).get("stage", 0)


def filled(config: dict[str, Any], clip: float | None, low: bool) -> dict[str, Any]:
    """The configuration as DeepSpeed takes it.

    Args:
        config: of ``read_config``.
        clip: largest gradient norm.
        low: weights are kept in bf16, with a copy in fp32 beside the moments.
    """
    ours: dict[str, Any] = {
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": 1,
        "managed_gradient_accumulation": False,  # as many backward passes as it takes, then one step
        "gradient_clipping": clip or 0.0,
        "steps_per_print": 1 << 30,
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,  # torch's AdamW: nothing to compile
    }
    if low:
        ours["bf16"] = {"enabled": True, "check_grad_overflow": True}
    return {**config, **ours}
