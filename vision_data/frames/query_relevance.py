"""The frames that are nearest to a text."""

from __future__ import annotations

from dataclasses import dataclass, field

from vision_data.errors import MediaError
from vision_data.frames.base import Picked, spread
from vision_data.frames.choices import best_apart, ranked
from vision_data.frames.embedding import similarities
from vision_data.frames.embedding_selector import QuerySelector
from vision_data.frames.looking import Proxies


@dataclass(frozen=True, repr=False)
class QueryRelevance(QuerySelector):
    """The frames with the largest cosine to the query. Not from a paper.

    Frames are spread evenly where all are equally near.

    Attributes:
        gap: seconds between two frames, at least 0: neighbours are alike, and without a gap one scene takes all.
    """

    gap: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.gap < float("inf"):
            raise MediaError(f"QueryRelevance: gap is {self.gap}, expected seconds of at least 0")

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        near = similarities(self.embed, proxies.frames, self.query).tolist()
        if max(near) == min(near):
            told = f"all are equally near to the query ({near[0]:.3f}), evenly spaced"
            return [proxies.picked(i, told, near[i]) for i in spread(self.num, len(near))]
        rank = {place: number for number, place in enumerate(ranked(near), start=1)}
        return [
            proxies.picked(i, f"relevance {near[i]:.3f}, {rank[i]} of {len(near)}", near[i])
            for i in best_apart(near, proxies.timestamps, self.num, self.gap)
        ]
