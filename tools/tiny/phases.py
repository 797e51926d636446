"""What mmreason-tiny is taught, in which order, and for how long."""

from __future__ import annotations

from tools.tiny.data import Mix
from tools.tiny.loop import Phase

_LOOKUPS = Mix(counts={"Counting2": 3, "TorF2": 3, "TorF1": 2}, descriptions=0, directories=0)
_ORDERS = Mix(
    counts={"Counting1": 3, "planning": 3, "TorF1": 1, "TorF2": 1, "Counting2": 1, "Counting3": 1},
    descriptions=2,
    directories=0,
)
_NOISY = {"TorF1": 2, "TorF2": 2, "Counting1": 2, "Counting2": 2, "Counting3": 1, "planning": 2}
_FULL_MINUTES = 40.0


def clean_phases(minutes: float) -> list[Phase]:
    """Seeing, looking up one station, everything, then mostly what needs the order of stops; the teacher never errs.

    Args:
        minutes: time on two CPU cores, about; every phase shrinks with it.

    Raises:
        ValueError: ``minutes`` is not positive.
    """
    if minutes <= 0:
        raise ValueError(f"expected minutes above 0, got {minutes}")
    share = minutes / _FULL_MINUTES

    def steps(full: int) -> int:
        return max(1, round(full * share))

    return [
        Phase("cells", steps(400), 32, 1.5e-3),
        Phase("lookups", steps(80), 16, 2e-3, _LOOKUPS, num_buckets=2, cool=0.01),
        Phase("questions", steps(1000), 8, 1.5e-3, Mix(), cool=0.5),
        Phase("orders", steps(450), 8, 1.2e-3, _ORDERS, cells=0.0, cool=0.8),
    ]


def noisy_phase(slip: float, steps: int) -> Phase:
    """A short last phase whose teacher errs: samples get worse, the skill stays within reach of a few tries.

    Args:
        slip: probability per step of a trace that the teacher errs, from 0 to 1.
        steps: optimiser steps; more of them bring the samples nearer to the teacher's.
    """
    mix = Mix(counts=_NOISY, descriptions=1, directories=0, slip=slip)
    return Phase("noisy", steps, 8, 4e-4, mix, hints=0.0, cells=0.0, warm=10)
