"""Places for things side by side on a strip, apart or overlapping as much as asked. Not from a paper."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are just outside."""


def side_by_side(
    rng: random.Random, widths: Sequence[int], room: tuple[int, int], overlap: float, gap: int
) -> list[int]:
    """Left edges of things in order within `room` (first and last pixel), or an empty list when they don't fit.

    Neighbours stay `gap` pixels apart. With `overlap` above 0, six pairs in ten overlap instead, by at most that share
    of the narrower one.
    """
    if not widths:
        return []
    gaps = []
    for one, other in pairwise(widths):
        overlapping = overlap > 0 and rng.random() < 0.6
        gaps.append(-round(rng.uniform(0.4, 1.0) * overlap * min(one, other)) if overlapping else gap)
    slack = room[1] - room[0] - sum(widths) - sum(gaps)
    if slack < 0:
        return []
    cuts = sorted(rng.randint(0, slack) for _ in widths)
    edges, used = [], 0
    for width, before, cut in zip(widths, [0, *gaps], cuts, strict=True):
        used += before
        edges.append(room[0] + used + cut)
        used += width
    return edges


def what_is_seen(sprites: Sequence[Image.Image], boxes: Sequence[Box]) -> list[tuple[float, Box | None]]:
    """For things painted in this order: the share of each that stays visible, and the box of that part.

    A pixel is hidden when a later thing covers more than half of it.
    """
    seen: list[tuple[float, Box | None]] = []
    for at, (sprite, box) in enumerate(zip(sprites, boxes, strict=True)):
        mask = sprite.getchannel("A").point([255 * (v > 0) for v in range(256)])
        whole = mask.histogram()[255]
        for later, other in zip(sprites[at + 1 :], boxes[at + 1 :], strict=True):
            cover = later.getchannel("A").point([255 * (v > 127) for v in range(256)])
            mask.paste(0, (other[0] - box[0], other[1] - box[1]), cover)
        part = mask.getbbox()
        moved = (part[0] + box[0], part[1] + box[1], part[2] + box[0], part[3] + box[1]) if part else None
        seen.append((mask.histogram()[255] / whole, moved))
    return seen
