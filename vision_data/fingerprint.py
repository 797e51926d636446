"""Names for pictures by what they show, so that equal pixels are kept and encoded once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import PIL.Image

from vision_data.image import load_image


def pixel_hash(pixels: Any, **settings: Any) -> str:
    """Hash pixels and the settings under which they are used, never a file name.

    An image counts as the RGB pixels that ``load_image`` makes of it, so the same picture stored as a palette,
    under another name or in another lossless format has the same hash, and so has its array ``[H, W, 3]``.

    Args:
        pixels: a PIL image, or an array of any shape and type (frames of a clip, patches).
        **settings: numbers, texts, None, frozen dataclasses such as frame selectors, and lists or tuples of these;
            their order plays no part, a missing one differs from None.

    Returns:
        64 hexadecimal digits.

    Raises:
        MediaError: the image is damaged.
        TypeError: a setting is of another type, whose text might differ from run to run.
    """
    array = np.asarray(load_image(pixels) if isinstance(pixels, PIL.Image.Image) else pixels)
    if array.dtype.hasobject:
        raise TypeError(f"pixel_hash takes a PIL image or an array of numbers, got {type(pixels).__name__}")
    head = {"dtype": array.dtype.str, "shape": list(array.shape), "settings": settings}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True, default=_plain).encode())
    digest.update(np.ascontiguousarray(array).data if array.size else b"")
    return digest.hexdigest()


def _plain(value: object) -> object:
    """Write what JSON does not know in a form that is the same in every run."""
    if isinstance(value, np.generic):
        return value.item()
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__qualname__, repr(value)]
    raise TypeError(f"pixel_hash: a setting is a {type(value).__name__}, expected numbers, texts or frozen dataclasses")
