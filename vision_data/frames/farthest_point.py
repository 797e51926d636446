"""Frames that differ from each other as much as possible."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.frames.base import Picked
from vision_data.frames.choices import farthest_points
from vision_data.frames.embedding_selector import EmbeddingSelector
from vision_data.frames.looking import Proxies


@dataclass(frozen=True, repr=False)
class FarthestPoint(EmbeddingSelector):
    """Farthest point sampling: each next frame is the one least like those chosen (core-set, arXiv:1708.00489).

    The first is the most ordinary frame, nearest to the mean. Distances are Euclidean, so unit vectors give the
    order of cosines. Frames equal to a chosen one are never added, so a still picture gives one frame. A frame's
    score is its distance to those chosen before, 0 for the first.
    """

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        order, gains = farthest_points(proxies.features(self.embed), self.num)
        picked = []
        for rank, (place, gain) in enumerate(zip(order, gains, strict=True), start=1):
            told = (
                f"most different {rank} of {len(order)}, {gain:.3g} from those before" if rank > 1 else "most ordinary"
            )
            picked.append(proxies.picked(place, told, gain))
        return sorted(picked, key=lambda p: p.index)
