"""At most so many of the frames that a selector chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked, spread
from vision_data.frames.choices import coarse_to_fine, ranked
from vision_data.frames.footage import Footage
from vision_data.frames.looking import pick_unseen


@dataclass(frozen=True)
class Budget(FrameSelector):
    """Cut what ``selector`` chooses to ``num`` frames and to a ``multiple``. Not from a paper.

    The best scores stay; without scores an even spread stays. Models of Qwen-VL merge two frames into one patch and
    show the last of an odd number twice: ``multiple=2`` leaves no odd frame. Fewer frames than ``multiple`` are
    kept.

    Attributes:
        selector: whose choice is cut.
        num: most frames, at least ``multiple``.
        multiple: what the count is a multiple of, at least 1.
    """

    selector: FrameSelector
    num: int = 16
    multiple: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.selector, FrameSelector):
            raise MediaError(f"Budget: selector is {self.selector!r}, expected a frame selector")
        if not 1 <= self.multiple <= self.num:
            raise MediaError(f"Budget: num {self.num} and multiple {self.multiple}, expected 1 <= multiple <= num")

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; refused when the selector has to look at frames."""
        return pick_unseen(self, num_frames, fps)

    def choose_from(self, footage: Footage) -> list[Picked]:
        """See the base class."""
        picked = self.selector.choose_from(footage)
        num = min(self.num, len(picked)) // self.multiple * self.multiple or len(picked)
        if scores_of(picked) is None:
            return [picked[i] for i in spread(num, len(picked))]
        return sorted(by_worth(picked)[:num], key=lambda p: p.index)


def scores_of(picked: Sequence[Picked]) -> list[float] | None:
    """Return all scores, or None where a frame has none."""
    scores = [p.score for p in picked if p.score is not None]
    return scores if len(scores) == len(picked) else None


def by_worth(picked: Sequence[Picked]) -> list[Picked]:
    """Order frames from the one to keep first: by score, or where there is none so that each beginning is spread."""
    scores = scores_of(picked)
    return [picked[i] for i in (coarse_to_fine(len(picked)) if scores is None else ranked(scores))]
