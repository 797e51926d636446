"""One frame for each group of frames that look alike."""

from __future__ import annotations

from dataclasses import dataclass

from vision_data.frames.base import Picked
from vision_data.frames.choices import clusters
from vision_data.frames.embedding_selector import EmbeddingSelector
from vision_data.frames.looking import Proxies


@dataclass(frozen=True, repr=False)
class Clusters(EmbeddingSelector):
    """Group the frames by k-means and show the one nearest to each centre. Not from a paper.

    It starts from the farthest points, so that nothing is drawn. A frame's score is the share of the frames that
    it stands for. Where ``FarthestPoint`` goes to the extremes, this shows what is typical.
    """

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        groups, medoids = clusters(proxies.features(self.embed), self.num)
        picked = []
        for place in medoids:
            members = [i for i, group in enumerate(groups) if group == groups[place]]
            first, last = proxies.timestamps[members[0]], proxies.timestamps[members[-1]]
            told = f"stands for {len(members)} of {len(proxies)} frames between {first:.2f} and {last:.2f} s"
            picked.append(proxies.picked(place, told, len(members) / len(proxies)))
        return sorted(picked, key=lambda p: p.index)
