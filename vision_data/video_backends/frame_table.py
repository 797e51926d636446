"""Which frame is where in a file, from the time stamps of its packets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


class Place(NamedTuple):
    """A packet: its times of showing and of decoding, None if not told, and whether it holds a whole frame."""

    pts: int | None
    dts: int | None
    is_key: bool


@dataclass(frozen=True)
class FrameTable:
    """The frames of a file, in order of showing.

    Attributes:
        times: seconds of each frame since the first.
        fps: average frames per second.
        jumps: whether decoding can start within the file; otherwise frames are counted from its beginning.
        marks: what tells a decoded frame from others: its time stamp, or how many came before it.
        starts: for each frame, the earlier of its two time stamps; empty where there are no jumps.
        whole: numbers of the frames from which decoding can start.
        order: for each mark, how many packets come before that of its frame.
    """

    times: tuple[float, ...]
    fps: float
    jumps: bool
    marks: Sequence[int]
    starts: tuple[int, ...]
    whole: tuple[int, ...]
    order: Mapping[int, int]


def frame_table(places: Sequence[Place], base: Fraction, rate: Fraction | None, exact: bool) -> FrameTable | None:
    """Lay out the frames of a file.

    Args:
        places: its packets, at least one, as they come.
        base: seconds of one unit of their stamps.
        rate: average frames per second as the file tells it, or None.
        exact: whether the stamps are those of the file, each frame's own.

    Returns:
        The table; None where neither the file nor its stamps tell a rate.

    >>> frame_table([Place(0, -1, True), Place(2, 0, False), Place(1, 1, False)], Fraction(1, 4), None, True).times
    (0.0, 0.25, 0.5)
    """
    stamped = sorted(
        (p.pts, p.pts if p.dts is None else min(p.pts, p.dts), p.is_key) for p in places if p.pts is not None
    )
    told = len({pts for pts, _, _ in stamped}) == len(places)
    if not rate and told and len(places) > 1:
        rate = (len(places) - 1) / ((stamped[-1][0] - stamped[0][0]) * base)
    if not rate or rate < 0:
        return None
    first = stamped[0][0] if told else 0
    seconds = [(pts - first) * base for pts, _, _ in stamped] if told else [i / rate for i in range(len(places))]
    jumps = told and exact
    return FrameTable(
        times=tuple(round(float(time), 5) for time in seconds),
        fps=float(rate),
        jumps=jumps,
        marks=tuple(pts for pts, _, _ in stamped) if jumps else range(len(places)),
        starts=tuple(start for _, start, _ in stamped) if jumps else (),
        whole=tuple(i for i, (_, _, is_key) in enumerate(stamped) if is_key) if jumps else (0,),
        order={p.pts if jumps and p.pts is not None else i: i for i, p in enumerate(places)},
    )


def certain(places: Sequence[Place]) -> list[Place]:
    """Leave out the frames of a file that is cut off before which others may be missing, so that numbers stay true.

    What is missing would have been decoded after all that is there, and no frame is shown before it is decoded.
    """
    last = max((p.dts for p in places if p.dts is not None), default=None)
    return [p for p in places if last is None or p.pts is None or p.pts <= last]
