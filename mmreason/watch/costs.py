"""How fast a step was and how full the memory is, from what the ledger counted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mmreason.asks import POLICY

PEAK = (
    ("GB300", 2.5e15),
    ("B300", 2.25e15),
    ("GB200", 2.5e15),
    ("B200", 2.25e15),
    ("H200", 989e12),
    ("H100 PCIe", 756e12),
    ("H100 NVL", 835e12),
    ("H100", 989e12),
    ("H800", 989e12),
    ("H20", 148e12),
    ("A100", 312e12),
    ("A800", 312e12),
    ("L40S", 362e12),
    ("L40", 181e12),
    ("L4", 121e12),
    ("A10G", 125e12),
    ("RTX 4090", 165e12),
    ("RTX 3090", 71e12),
)
"""Part of a device's name, and floating-point operations a second in bf16 without sparsity, from its data sheet; the
first part that is found counts."""


def rates(run: Any, spent: Mapping[str, float], seconds: float) -> dict[str, float]:
    """Tokens a second, use of the device's arithmetic and memory, of this rank.

    Args:
        run: whose policy was at work.
        spent: what the ledger counted in the step (names as in ``Ledger``).
        seconds: wall time of the step.

    Returns:
        ``generated_tokens_per_s`` (kept tokens over the seconds of rollouts), ``trained_tokens_per_s`` (packed tokens
        of prompts and completions over the seconds of optimiser steps), ``mfu`` where the device's peak is known, and
        memory in bytes: ``memory/allocated`` and ``memory/reserved`` of the GPU, ``memory/host`` resident. What was not
        done in the step is left out.
    """
    out = {}
    for name, tokens, phase in (("generated", "sampled_tokens", "rollout"), ("trained", "trained_tokens", "learn")):
        took = spent.get(f"seconds/{phase}", 0.0)
        if spent.get(tokens, 0) > 0 and took > 0:
            out[f"{name}_tokens_per_s"] = spent[tokens] / took
    core = getattr(run.models.get(POLICY), "core", None)
    peak = peak_of(torch.cuda.get_device_name()) if torch.cuda.is_available() else None
    if core is not None and peak and seconds > 0:
        size = sum(p.numel() for p in core.parameters())
        out["mfu"] = mfu(size, spent, seconds, peak)
    return out | memory()


def mfu(size: int, spent: Mapping[str, float], seconds: float, peak: float) -> float:
    """Share of the device's arithmetic that the step's model work used.

    ``(2 N forward + 4 N trained) / (seconds x peak)``: N parameters, two operations for each and token of a forward and
    four of a backward (PaLM, arXiv:2204.02311, appendix B, without its term for attention). Computing activations again
    under checkpointing counts for nothing, and vision patches are left out, so it is a lower bound.

    >>> mfu(10**9, {"prompt_tokens": 600, "completion_tokens": 400, "trained_tokens": 500}, 1.0, 1e15)
    0.004
    """
    forward = spent.get("prompt_tokens", 0) + spent.get("completion_tokens", 0)
    return (2 * size * forward + 4 * size * spent.get("trained_tokens", 0)) / (seconds * peak)


def peak_of(device: str) -> float | None:
    """Operations a second of a device by its name; None for one that is not in the table.

    >>> peak_of("NVIDIA H200"), peak_of("a toaster")
    (989000000000000.0, None)
    """
    return next((peak for name, peak in PEAK if name in device), None)


def memory() -> dict[str, float]:
    """Bytes held now."""
    out = {}
    if torch.cuda.is_available():
        out["memory/allocated"] = float(torch.cuda.memory_allocated())
        out["memory/reserved"] = float(torch.cuda.memory_reserved())
    statm = Path("/proc/self/statm")
    if statm.exists():  # Linux
        out["memory/host"] = float(int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    return out
