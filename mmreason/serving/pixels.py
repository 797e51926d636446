"""The pictures that the trainer's processor has made, given back as pictures: an engine sees what the trainer sees."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmreason.errors import RecipeError


def frames_of(processor: Any, patches: Tensor, grid: tuple[int, int, int]) -> Tensor:
    """Undo normalisation and cutting: the bytes after resizing, exactly.

    Whoever resizes these again changes nothing, as long as its pixel limits allow their size.

    Args:
        processor: image or video processor of the Qwen2-VL line.
        patches: [t * h * w, 3 * time * patch^2] float32, as it made them.
        grid: patches in time, height and width.

    Returns:
        [T, H, W, 3] uint8, T is t * time; an image is there ``time`` times.

    Raises:
        RecipeError: the processor does something to pixels that cannot be undone.
    """
    if not (processor.do_rescale and processor.do_normalize):
        raise RecipeError("the processor neither rescales nor normalises; its pixels cannot be sent to an engine")
    time, patch, merge = (int(getattr(processor, f"{name}_size")) for name in ("temporal_patch", "patch", "merge"))
    t, h, w = grid
    cut = patches.view(t, h // merge, w // merge, merge, merge, 3, time, patch, patch)
    mean, std = (
        torch.tensor(values, dtype=torch.float64).view(3, 1, 1, 1)
        for values in (processor.image_mean, processor.image_std)
    )
    level = (cut.double() * std + mean) / processor.rescale_factor
    whole: Tensor = level.permute(0, 6, 1, 3, 7, 2, 4, 8, 5)  # t, time, rows (places, merge, patch), columns, channel
    return whole.reshape(t * time, h * patch, w * patch, 3).round().clamp(0, 255).to(torch.uint8)
