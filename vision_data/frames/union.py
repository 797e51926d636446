"""What several selectors choose, together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, get_args

from vision_data.errors import MediaError
from vision_data.frames.base import FrameSelector, Picked
from vision_data.frames.budget import by_worth
from vision_data.frames.chain import checked
from vision_data.frames.footage import Footage
from vision_data.frames.looking import pick_unseen

Priority = Literal["turns", "order"]


@dataclass(frozen=True)
class Union(FrameSelector):
    """All frames that any of the selectors chooses, up to ``num``. Not from a paper.

    Over the budget, selectors give up their frames one by one, best score first (without scores: in an order that
    stays spread over time). By "turns" each gives one in its turn; by "order" the first gives all before the second
    gives any, so that ``Union((SceneChange(16), Uniform(16)), 16, "order")`` fills up with even frames what has few
    scenes. A frame chosen twice counts once, with both reasons and the score of the selector that gave it first.
    A frame nearer than ``gap`` seconds to one that is taken is passed over.

    Attributes:
        selectors: at least one.
        num: most frames, at least 1, or None for no limit.
        priority: "turns" or "order".
        gap: seconds between two frames, at least 0.
    """

    selectors: tuple[FrameSelector, ...]
    num: int | None = None
    priority: Priority = "turns"
    gap: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "selectors", checked("Union", self.selectors))
        if self.num is not None and self.num < 1:
            raise MediaError(f"Union: num is {self.num}, expected at least 1, or None for no limit")
        if self.priority not in get_args(Priority):
            raise MediaError(f"Union: priority is {self.priority!r}, expected one of {get_args(Priority)}")
        if not 0 <= self.gap < float("inf"):
            raise MediaError(f"Union: gap is {self.gap}, expected seconds of at least 0")

    def pick(self, num_frames: int, fps: float) -> list[int]:
        """See the base class; refused when a selector has to look at frames."""
        return pick_unseen(self, num_frames, fps)

    def choose_from(self, footage: Footage) -> list[Picked]:
        """See the base class."""
        offers = [by_worth(selector.choose_from(footage)) for selector in self.selectors]
        if self.priority == "turns":
            queue = [p for turn in zip_longest(*offers) for p in turn if p is not None]
        else:
            queue = [p for offer in offers for p in offer]
        chosen: dict[int, Picked] = {}
        for p in queue:
            if p.index in chosen:
                held = chosen[p.index]
                chosen[p.index] = Picked(p.index, f"{held.reason}; {p.reason}", held.score)
            elif len(chosen) != self.num and self.far_enough(p.index, chosen, footage):
                chosen[p.index] = p
        return [chosen[index] for index in sorted(chosen)]

    def far_enough(self, index: int, chosen: Iterable[int], footage: Footage) -> bool:
        """Whether a frame keeps the gap to all that are taken."""
        times = footage.timestamps
        return all(abs(times[index] - times[other]) >= self.gap for other in chosen)
