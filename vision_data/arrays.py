"""Arrays and tensors as pictures."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL.Image

from vision_data.errors import MediaError

_CHANNELS = (1, 3, 4)
_EXPECTED = "expected [H, W], [H, W, C] or [C, H, W] with C 1, 3 or 4, of uint8 (0 to 255) or floats (0 to 1)"


def is_array(value: Any) -> bool:
    """Tell whether something is an array or a tensor."""
    return hasattr(value, "__array__") and not isinstance(value, str | bytes | PIL.Image.Image)


def picture_of(array: Any) -> PIL.Image.Image:
    """Make a picture of an array or a tensor on any device.

    Channels (grey, RGB or RGBA) may come last or first. Where the shape allows both, as in ``[3, 5, 3]``, an array is
    read as ``[H, W, C]`` and a torch tensor as ``[C, H, W]``. Integers are uint8 in 0 to 255; floats of any width lie
    in 0 to 1 and are rounded to the nearest of the 256 levels, so that what was divided by 255 comes back exactly (as
    bfloat16, to within a level).

    Raises:
        MediaError: another shape or type, a value that is not finite, or one out of range.
    """
    torch = sys.modules.get("torch")
    is_tensor = torch is not None and isinstance(array, torch.Tensor)
    given = _from_tensor(array) if is_tensor else np.asarray(array)
    shape, kind = list(given.shape), str(array.dtype if is_tensor else given.dtype)
    if given.ndim == 3 and shape[0] in _CHANNELS and (is_tensor or shape[-1] not in _CHANNELS):
        given = np.moveaxis(given, 0, -1)
    drawn = given.ndim == 2 or (given.ndim == 3 and given.shape[-1] in _CHANNELS)
    if not drawn or not given.size or (given.dtype != np.uint8 and not np.issubdtype(given.dtype, np.floating)):
        raise MediaError(f"a picture is an array {shape} of {kind}, {_EXPECTED}")
    levels = given if given.dtype == np.uint8 else _levels(given, shape, kind)
    return PIL.Image.fromarray(np.ascontiguousarray(levels[..., 0] if levels.shape[2:] == (1,) else levels))


def _from_tensor(tensor: Any) -> npt.NDArray[Any]:
    tensor = tensor.detach().cpu()
    # numpy knows no bfloat16.
    return np.asarray(tensor.float() if tensor.is_floating_point() else tensor)


def _levels(values: npt.NDArray[Any], shape: list[int], kind: str) -> npt.NDArray[np.uint8]:
    """Bring floats from 0..1 to 0..255."""
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 1):  # also where one is NaN
        raise MediaError(
            f"a picture is an array {shape} of {kind} with values from {low:g} to {high:g}, expected floats from 0 to "
            "1; divide by 255, clamp it, undo its normalisation, or give uint8"
        )
    levels: npt.NDArray[np.uint8] = np.rint(values.astype(np.float32) * np.float32(255)).astype(np.uint8)
    return levels
