"""From the frames that are wanted to the stretches of a file that must be decoded for them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# Frames that are decoded in passing rather than jumped over: after a jump a decoder takes some to give the first.
NEAR = 8


@dataclass(frozen=True)
class Run:
    """Frames that are decoded in one go.

    Attributes:
        key: number of the frame, stored whole, where decoding starts.
        numbers: the wanted frames, ascending, none before ``key``.
    """

    key: int
    numbers: tuple[int, ...]


def runs(numbers: Sequence[int], keys: Sequence[int], near: int = NEAR) -> list[Run]:
    """Group wanted frames by the whole frame that each is decoded from.

    A group that begins within ``near`` frames of the one before it is read on without a jump.

    Args:
        numbers: ascending numbers of frames.
        keys: ascending numbers of the frames that are stored whole.
        near: see above.

    >>> runs([0, 3, 12, 100], [0, 10, 20, 96])
    [Run(key=0, numbers=(0, 3, 12)), Run(key=96, numbers=(100,))]
    """
    out: list[Run] = []
    for number in numbers:
        key = key_before(number, keys)
        if out and key <= out[-1].numbers[-1] + near:
            out[-1] = Run(out[-1].key, (*out[-1].numbers, number))
        else:
            out.append(Run(key, (number,)))
    return out


def key_before(number: int, keys: Sequence[int]) -> int:
    """Find the last whole frame at or before a frame; the first frame where there is none."""
    place = bisect_right(keys, number)
    return keys[place - 1] if place else 0
