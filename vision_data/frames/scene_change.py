"""One frame for each scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from vision_data.errors import MediaError
from vision_data.frames.base import Picked
from vision_data.frames.choices import cuts
from vision_data.frames.looking import LookingSelector, Proxies

At = Literal["start", "middle"]


@dataclass(frozen=True)
class SceneChange(LookingSelector):
    """The first frame after each cut, or the middle frame of each scene. Not from a paper.

    Change is the mean absolute difference of the colours of an 8 by 8 grid from one proxy to the next, in 0 to 1.
    A cut is where it reaches ``threshold`` and ``ratio`` times the median of the two steps on either side, so that
    a pan or a fast motion, which lasts, is no cut. With more scenes than ``num`` the weakest cuts are forgotten. A
    frame's score is the change at the cut before it, 1 for the first scene. A cut is found to within the distance
    of two proxies; raise ``proxy_fps`` for videos that are cut fast.

    Attributes:
        threshold: least change at a cut, above 0, at most 1.
        ratio: least change over the median of its neighbours, at least 0.
        at: which frame of a scene is shown.
    """

    threshold: float = field(default=0.08, kw_only=True)
    ratio: float = field(default=3.0, kw_only=True)
    at: At = field(default="start", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.threshold <= 1 or not 0 <= self.ratio < float("inf"):
            raise MediaError(
                f"SceneChange: threshold {self.threshold} and ratio {self.ratio}, expected 0 < threshold <= 1 and "
                "ratio at least 0"
            )
        if self.at not in get_args(At):
            raise MediaError(f"SceneChange: at is {self.at!r}, expected one of {get_args(At)}")

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        from vision_data.frames.measures import steps, thumbnails

        change = steps(thumbnails(proxies.frames, 8)).tolist()
        strongest = sorted(cuts(change, self.threshold, self.ratio), key=lambda place: (-change[place], place))
        kept = sorted(strongest[: self.num - 1])
        starts, ends = [0, *kept], [*kept, len(proxies)]
        picked = []
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
            place = start if self.at == "start" else (start + end - 1) // 2
            cut = f", after a cut of {change[start]:.2f} at {proxies.timestamps[start]:.2f} s" if start else ""
            told = f"{self.at} of scene {number} of {len(starts)}{cut}"
            picked.append(proxies.picked(place, told, change[start] if start else 1.0))
        return picked
