"""The process-wide random generators, which dropout and foreign code may draw from."""

from __future__ import annotations

import random
from typing import Any

import torch


def rng_state() -> dict[str, Any]:
    """State of torch on every device and of Python, as plain values."""
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "python": random.getstate(),
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Go on drawing where ``rng_state`` was taken; devices that are not here are left out."""
    torch.set_rng_state(state["torch"])
    for device, of_device in enumerate(state["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(of_device, device)
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
