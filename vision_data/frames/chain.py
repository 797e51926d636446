"""One selector after the other."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked
from vision_data.frames.footage import Footage
from vision_data.frames.looking import pick_unseen


@dataclass(frozen=True)
class Chain(FrameSelector):
    """Each selector chooses among what the one before it chose. Not from a paper.

    ``Chain((TimeRange(10, 20), Sharpest(8)))`` shows eight sharp frames of ten seconds; ``Chain((Fps(1.0),
    QueryRelevance(...)))`` compares one frame a second. The rate that a selector is told is that of what it chooses
    from. A frame keeps the reasons of all and the last score that it got.

    Attributes:
        selectors: at least one, in order.
    """

    selectors: tuple[FrameSelector, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "selectors", checked("Chain", self.selectors))

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; refused when a selector has to look at frames."""
        return pick_unseen(self, num_frames, fps)

    def choose_from(self, footage: Footage) -> list[Picked]:
        """See the base class."""
        chosen = self.selectors[0].choose_from(footage)
        for selector in self.selectors[1:]:
            among = chosen
            later = selector.choose_from(footage.only([p.index for p in among]))
            chosen = [follow(among[p.index], p) for p in later]
        return chosen


def follow(first: Picked, then: Picked) -> Picked:
    """Put two reasons for one frame together, under its number in the first."""
    score = first.score if then.score is None else then.score
    return Picked(first.index, f"{first.reason}; {then.reason}", score)


def checked(name: str, selectors: object) -> tuple[FrameSelector, ...]:
    """Take a list or tuple of selectors.

    Raises:
        MediaError: it is empty, or something in it is no selector.
    """
    members = tuple(selectors) if isinstance(selectors, list | tuple) else ()
    if not members or not all(isinstance(member, FrameSelector) for member in members):
        raise MediaError(f"{name}: selectors is {selectors!r}, expected a tuple of at least one frame selector")
    return members
