"""Splits, families and sizes of the geometry figures. Not from a paper."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from vision_data.errors import MediaError

SPLITS = ("train", "test")
FAMILIES = ("triangles", "parallels", "circles", "right_triangles", "polygons", "areas")
STEPS = (1, 2, 3)
"""How many steps of deduction a problem may take."""
NUMBERS = ("figure", "text", "both")
"""Where the given numbers stand."""
SIZES = (168, 1024)
"""Smallest and largest side of a picture, pixels."""


def known(what: str, given: str, options: Iterable[str]) -> str:
    """`given` itself, or one clear line that proposes the nearest known word.

    Raises:
        MediaError: `given` is not among `options`.
    """
    words = list(options)
    if given in words:
        return given
    near = difflib.get_close_matches(str(given), words, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(words)}"
    raise MediaError(f"geometry: unknown {what} {given!r}; {hint}")
