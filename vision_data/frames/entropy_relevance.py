"""The frames that are near to a text and rich in detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from vision_data.errors import MediaError
from vision_data.frames.base import Picked
from vision_data.frames.choices import ranked
from vision_data.frames.embedding import similarities
from vision_data.frames.embedding_selector import QuerySelector
from vision_data.frames.looking import Proxies

Variant = Literal["released", "paper"]


@dataclass(frozen=True, repr=False)
class EntropyRelevance(QuerySelector):
    """Entropy-calibrated relevance (ECRS) of ReAgent-V, arXiv:2506.01300.

    Frames are weighed by cosine to the query times entropy of their intensities, and those under a threshold are
    dropped, round after round while the threshold grows: ``base * growth ** m`` in round m. Rounds end after
    ``max_iter``, when nothing would change or when nothing would be left. If fewer than ``min_frames`` are left,
    the best ``min_frames`` of the first round are added to them.

    "released" scales cosines, entropies and their products to 0 to 1 among the frames of the round (where all are
    equal: 0). "paper" weighs ``cosine * entropy / sum of the entropies`` as they are. A frame's score is its weight
    in the first round, among all frames looked at. The defaults are those of the release.

    Attributes:
        num: most frames looked at, and so most that are shown.
        proxy_fps: frames looked at for each second; more than ``num`` of them are replaced by an even spread.
        base: threshold of the first round; None means 0.03, and has to be given for "paper" (there k times tau).
        growth: factor of the threshold from round to round, above 0.
        max_iter: most rounds, at least 0.
        min_frames: fewest frames shown if there are as many, at least 1.
        variant: "released" or "paper".
    """

    num: int = 64
    proxy_fps: float = field(default=1.0, kw_only=True)
    proxy_pixels: int = field(default=336 * 336, kw_only=True)
    base: float | None = field(default=None, kw_only=True)
    growth: float = field(default=1.01, kw_only=True)
    max_iter: int = field(default=10, kw_only=True)
    min_frames: int = field(default=32, kw_only=True)
    variant: Variant = field(default="released", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.variant not in get_args(Variant):
            raise MediaError(f"EntropyRelevance: variant is {self.variant!r}, expected one of {get_args(Variant)}")
        if self.base is None and self.variant == "paper":
            raise MediaError('EntropyRelevance: variant "paper" has no known threshold; give base, k times tau')
        if not 0 < self.growth < float("inf") or self.max_iter < 0 or self.min_frames < 1:
            raise MediaError(
                f"EntropyRelevance: growth {self.growth}, max_iter {self.max_iter} and min_frames {self.min_frames}, "
                "expected growth above 0, max_iter at least 0 and min_frames at least 1"
            )

    def proxies(self, num_frames: int, fps: float) -> list[int]:
        """See the base class: one frame each ``1 / proxy_fps`` seconds from the first on, as released."""
        steady = range(0, num_frames, max(1, round(fps / self.proxy_fps)))
        if len(steady) <= self.num:
            return list(steady)
        import numpy as np

        # The release cuts these numbers off and does not round them.
        return [int(i) for i in np.linspace(0, num_frames - 1, self.num, dtype=int)]

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        from vision_data.frames.measures import entropy

        near = similarities(self.embed, proxies.frames, self.query).tolist()
        detail = entropy(proxies.frames).tolist()
        first = self.weights(near, detail)
        kept, lived = self.keep(near, detail)
        picked = []
        for place in kept:
            told = f"kept through round {lived[place]}" if lived[place] else "no round could drop it"
            if lived[place] < max(lived):
                told = f"dropped in round {lived[place] + 1}, added as one of the best {self.min_frames}"
            measured = f"relevance {near[place]:.3f}, entropy {detail[place]:.2f} bits"
            picked.append(proxies.picked(place, f"{measured}; {told}", first[place]))
        return picked

    def keep(self, near: Sequence[float], detail: Sequence[float]) -> tuple[list[int], list[int]]:
        """Choose by cosines ``[N]`` and entropies in bits ``[N]``.

        Returns:
            The places kept, ascending, and the rounds ``[N]`` that each place came through.
        """
        base = 0.03 if self.base is None else self.base
        kept, lived = list(range(len(near))), [0] * len(near)
        for number in range(self.max_iter):
            weights = self.weights([near[i] for i in kept], [detail[i] for i in kept])
            left = [i for i, w in zip(kept, weights, strict=True) if w > base * self.growth**number]
            if not left or left == kept:
                break
            kept = left
            for place in kept:
                lived[place] += 1
        if len(kept) < self.min_frames:
            best = ranked(self.weights(near, detail))[: self.min_frames]
            kept = sorted({*kept, *best})
        return kept, lived

    def weights(self, near: Sequence[float], detail: Sequence[float]) -> list[float]:
        """Weigh the frames of one round."""
        if self.variant == "paper":
            total = sum(detail)
            return [s * h / total if total else 0.0 for s, h in zip(near, detail, strict=True)]
        return to_unit([s * h for s, h in zip(to_unit(near), to_unit(detail), strict=True)])


def to_unit(values: Sequence[float]) -> list[float]:
    """Scale to 0 to 1, the smallest to 0 and the largest to 1; all 0 where they are equal."""
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 0.0 for value in values]
