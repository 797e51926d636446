"""Frames that are not blurred."""

from __future__ import annotations

from dataclasses import dataclass, field

from vision_data.errors import MediaError
from vision_data.frames.base import Picked
from vision_data.frames.looking import LookingSelector, Proxies


@dataclass(frozen=True)
class Sharpest(LookingSelector):
    """The sharpest frame of each of ``num`` equal spans of time. Not from a paper.

    Sharpness is the variance of the Laplacian of the brightness (Pech-Pacheco et al. 2000). Of each span ``looks``
    frames are looked at, the middle one among them; ``proxy_fps`` and ``max_proxies`` play no part. Of frames that
    are equally sharp the one nearest to the middle of its span is taken.

    Attributes:
        looks: frames looked at in each span, at least 1.
        proxy_pixels: most pixels of a frame that is looked at; a frame made very small hides its blur.
    """

    looks: int = field(default=5, kw_only=True)
    proxy_pixels: int = field(default=320 * 180, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.looks < 1:
            raise MediaError(f"Sharpest: looks is {self.looks}, expected at least 1")

    def proxies(self, num_frames: int, fps: float) -> list[int]:
        """See the base class."""
        return [start + i for start, end in spans(num_frames, self.num) for i in centred(end - start, self.looks)]

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        from vision_data.frames.measures import sharpness

        found = sharpness(proxies.luma).round(6).tolist()
        picked = []
        for start, end in spans(proxies.offered, self.num):
            places = [i for i, index in enumerate(proxies.indices) if start <= index < end]
            best = min(places, key=lambda i: (-found[i], abs(2 * proxies.indices[i] + 1 - start - end), i))
            first, last = proxies.timestamps[places[0]], proxies.timestamps[places[-1]]
            told = f"sharpest of {len(places)} from {first:.2f} to {last:.2f} s (sharpness {found[best]:.0f})"
            picked.append(proxies.picked(best, told, found[best]))
        return picked


def spans(num_frames: int, num: int) -> list[tuple[int, int]]:
    """Cut ``num_frames`` into up to ``num`` spans (first, one past last) of equal length, to within one frame."""
    num = min(num, num_frames)
    return [(k * num_frames // num, (k + 1) * num_frames // num) for k in range(num)]


def centred(length: int, num: int) -> list[int]:
    """Choose up to ``num`` places of a span, each in the middle of an equal part of it."""
    return [(start + end - 1) // 2 for start, end in spans(length, num)]
