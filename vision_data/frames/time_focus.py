"""Most frames within some seconds, and a few around them."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked, spread
from vision_data.frames.footage import Footage
from vision_data.frames.looking import pick_unseen
from vision_data.frames.time_range import check_range, within


@dataclass(frozen=True)
class TimeFocus(FrameSelector):
    """Spend a share of the frames on a range of time and the rest on what lies around it. Not from a paper.

    ``round(inside * num)`` frames, at least one, are spread evenly over the range, the others evenly over all that
    is outside; where one of the two has fewer frames than its share, the other gets what is left.

    Attributes:
        start: seconds since the first frame, at least 0.
        end: seconds, at least ``start``.
        num: most frames, at least 1.
        inside: share of the frames for the range, in 0 to 1.
    """

    start: float
    end: float
    num: int = 16
    inside: float = 0.75

    def __post_init__(self) -> None:
        check_range("TimeFocus", self.start, self.end)
        if self.num < 1 or not 0 <= self.inside <= 1:
            raise MediaError(
                f"TimeFocus: num {self.num} and inside {self.inside}, expected num at least 1 and inside in 0 to 1"
            )

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; frames are taken to be evenly spaced in time."""
        return pick_unseen(self, num_frames, fps)

    def choose_from(self, footage: Footage) -> list[Picked]:
        """See the base class."""
        near = within(footage, self.start, self.end)
        far = sorted(set(range(len(footage))) - set(near))
        share = max(1, round(self.inside * self.num))
        num_far = min(self.num - share, len(far))
        num_near = min(self.num - num_far, len(near))
        num_far = min(self.num - num_near, len(far))
        told = f"between {self.start:g} and {self.end:g} s"
        picked = [Picked(near[i], told) for i in spread(num_near, len(near))]
        picked += [Picked(far[i], f"around, not {told}") for i in (spread(num_far, len(far)) if num_far else ())]
        return sorted(picked, key=lambda p: p.index)
