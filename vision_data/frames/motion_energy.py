"""More frames where more moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Literal, get_args

from vision_data.errors import MediaError
from vision_data.frames.base import Picked, spread
from vision_data.frames.choices import around, best_apart, cuts, equal_shares
from vision_data.frames.looking import LookingSelector, Proxies

By = Literal["share", "peaks"]
# Least energy that can come from a cut: less is a small thing that moves in a still picture.
CUT_ENERGY = 0.02


@dataclass(frozen=True)
class MotionEnergy(LookingSelector):
    """Frames with equal shares of the motion between them, or those with the most (MGSampler, arXiv:2104.09952).

    The energy of a frame is the mean absolute difference of brightness to the proxy before, in 0 to 1; the first
    has none. A cut is no motion: where the energy is at least ``cut`` times the median of the two steps on either
    side, and at least 0.02, that median stands for it. By ``share``, energies to the ``power`` are summed up, and
    frames are taken at ``(k + 1/2) / num`` of the sum: power 0 is an even spread, 1 follows the motion alone, and
    MGSampler uses 0.5 and counts cuts (``cut=None``). By ``peaks``, the frames with the most energy are taken, at
    least ``gap`` seconds apart. Frames are spread evenly where nothing moves.

    Attributes:
        by: "share" or "peaks".
        power: exponent of the energies for "share", at least 0.
        gap: seconds between two peaks, at least 0.
        cut: how many times its neighbours an energy is when it comes from a cut, above 1; None counts cuts as motion.
    """

    by: By = field(default="share", kw_only=True)
    power: float = field(default=0.5, kw_only=True)
    gap: float = field(default=0.5, kw_only=True)
    cut: float | None = field(default=6.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by not in get_args(By):
            raise MediaError(f"MotionEnergy: by is {self.by!r}, expected one of {get_args(By)}")
        if not 0 <= self.power < float("inf") or not 0 <= self.gap < float("inf"):
            raise MediaError(f"MotionEnergy: power {self.power} and gap {self.gap}, expected at least 0")
        if self.cut is not None and not 1 < self.cut < float("inf"):
            raise MediaError(f"MotionEnergy: cut is {self.cut}, expected a number above 1, or None")

    def choose(self, proxies: Proxies) -> list[Picked]:
        """See the base class."""
        from vision_data.frames.measures import steps

        energy = self.without_cuts((steps(proxies.luma) / 255).tolist())
        total = sum(energy)
        if total == 0:
            return [proxies.picked(i, "nothing moves, evenly spaced", 0.0) for i in spread(self.num, len(energy))]
        if self.by == "peaks":
            places = best_apart(energy, proxies.timestamps, self.num, self.gap)
        else:
            places = equal_shares([e**self.power for e in energy], self.num)
        return [proxies.picked(i, f"motion {energy[i]:.3f}, {energy[i] / total:.0%} of all", energy[i]) for i in places]

    def without_cuts(self, energy: list[float]) -> list[float]:
        """Put the median of its neighbours in the place of each energy that comes from a cut."""
        if self.cut is None:
            return energy
        still = {place: median(around(energy, place) or [0.0]) for place in cuts(energy, CUT_ENERGY, self.cut)}
        return [still.get(place, value) for place, value in enumerate(energy)]
