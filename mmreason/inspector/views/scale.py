"""From numbers to a few levels of colour, with the ends that a legend tells."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = 5
"""Levels on either side of the middle of a diverging scale; a sequential one has twice as many."""
MANY = 50
"""Values from which the ends leave out the outermost hundredth, so that one token does not pale all others."""
CENTRES = {"credit": 0.0, "advantage": 0.0, "ratio": 1.0}
"""Tracks that are read as above or below a middle."""
FALLING = {"logprob"}
"""Tracks whose low values are the ones to look at."""
FROM_ZERO = {"entropy"}
"""Tracks that begin at 0 whatever their smallest value is."""


@dataclass(frozen=True)
class Scale:
    """How a track is coloured.

    Attributes:
        low: value at the pale end, or at the strongest colour below the middle.
        high: value at the strong end.
        centre: middle of a diverging scale; None for a sequential one.
        falling: the low end of a sequential scale is the strong one.
        clipped: whether there are values below the low end, and above the high one; they have the ends' colours.
    """

    low: float
    high: float
    centre: float | None = None
    falling: bool = False
    clipped: tuple[bool, bool] = (False, False)

    def level(self, value: float) -> str:
        """Name the level: ``s0`` to ``s9``, or ``n5`` to ``n1``, ``z``, ``p1`` to ``p5``; empty where not measured.

        >>> Scale(-1, 1, centre=0).level(-0.9), Scale(0, 2).level(0.0), Scale(0, 2).level(float("nan"))
        ('n5', 's0', '')
        """
        if math.isnan(value):
            return ""
        if self.centre is None:
            share = self.share(value, self.low, self.high)
            return f"s{min(int((1 - share if self.falling else share) * 2 * STEPS), 2 * STEPS - 1)}"
        share = self.share(abs(value - self.centre), 0.0, self.high - self.centre)
        if value == self.centre or share == 0:
            return "z"
        return f"{'p' if value > self.centre else 'n'}{min(math.ceil(share * STEPS), STEPS)}"

    @staticmethod
    def share(value: float, low: float, high: float) -> float:
        """Where a value lies between two ends, 0 to 1; 0 where they are one."""
        if not high > low:
            return 0.0
        # Halves, so that no difference of large numbers overflows.
        return (min(max(value, low), high) / 2 - low / 2) / (high / 2 - low / 2)


def scale_for(name: str, values: Iterable[float]) -> Scale | None:
    """Choose the scale of a track from all its values in a sample; None without any.

    >>> scale_for("credit", [-0.5, 1.0])
    Scale(low=-1.0, high=1.0, centre=0.0, falling=False, clipped=(False, False))
    """
    seen = sorted(value for value in values if math.isfinite(value))
    if not seen:
        return None
    centre = CENTRES.get(name, 0.0 if name not in FALLING and seen[0] < 0 < seen[-1] else None)
    if centre is not None:
        sizes = sorted(abs(value - centre) for value in seen)
        reach = within(sizes)[1]
        low, high = centre - reach, centre + reach
        return Scale(low, high, centre, clipped=(seen[0] < low, seen[-1] > high))
    low, high = within(seen)
    # Log-probs and entropies are read from 0: the pale end is the certain token.
    if name in FALLING:
        high = max(high, 0.0)
    elif name in FROM_ZERO:
        low = min(low, 0.0)
    return Scale(low, high, None, name in FALLING, clipped=(seen[0] < low, seen[-1] > high))


def within(ordered: list[float]) -> tuple[float, float]:
    """Ends of ordered values, without the outermost hundredth of many."""
    cut = len(ordered) // 100 if len(ordered) >= MANY else 0
    low, high = ordered[cut], ordered[-1 - cut]
    return (low, high) if high > low else (ordered[0], ordered[-1])
