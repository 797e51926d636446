"""What mmreason-tiny is taught, in which order, and for how long."""

from __future__ import annotations

from tools.tiny.data import Mix
from tools.tiny.loop import Phase
from tools.tiny.worlds.charts import ChartWorld
from tools.tiny.worlds.pairs import PairWorld
from tools.tiny.worlds.scenes import SceneWorld
from tools.tiny.worlds.train import Phase as WorldPhase

_LOOKUPS = Mix(counts={"Counting2": 3, "TorF2": 3, "TorF1": 2}, descriptions=0, directories=0)
_ORDERS = Mix(
    counts={"Counting1": 3, "planning": 3, "TorF1": 1, "TorF2": 1, "Counting2": 1, "Counting3": 1},
    descriptions=2,
    directories=0,
)
_ONE_EACH = {"TorF1": 1, "TorF2": 1, "Counting1": 1, "Counting2": 1, "Counting3": 1, "planning": 2}
_OPTIONS = Mix(counts=_ONE_EACH, descriptions=1, directories=0, options=8)
_KEPT = Mix(counts=_ONE_EACH | {"Counting3": 0}, descriptions=1, directories=0, options=5)
_WORLDS = Mix(counts=_KEPT.counts, descriptions=1, directories=0, options=5, at_once=3)
_NOISY = {"TorF1": 2, "TorF2": 2, "Counting1": 2, "Counting2": 2, "Counting3": 1, "planning": 2}
_FULL_MINUTES = 135.0


def clean_phases(minutes: float) -> list[Phase | WorldPhase]:
    """Maps first: seeing, looking up one station, everything, the order of stops; then options, then other pictures.

    The teacher never errs. Scenes, charts and pairs are seen before they are spoken of, scenes first. At the end some
    options and counts are asked for without a thought.

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

    seen = ((SceneWorld(chains=0, tallies=0, relations=0), 3), (ChartWorld(num=0), 24), (PairWorld(copies=0), 3))
    spoken = ((SceneWorld(chains=3, tallies=2, relations=4, at_once=7), 4), (ChartWorld(), 4), (PairWorld(), 6))
    return [
        Phase("cells", steps(400), 32, 1.5e-3),
        Phase("lookups", steps(80), 16, 2e-3, _LOOKUPS, num_buckets=2, cool=0.01),
        Phase("questions", steps(1000), 8, 1.5e-3, Mix(), cool=0.5),
        Phase("orders", steps(450), 8, 1.2e-3, _ORDERS, cells=0.0, cool=0.8),
        Phase("options", steps(300), 8, 8e-4, _OPTIONS, vision=0.1, cells=0.0, cool=0.5),
        WorldPhase("sights", steps(1200), seen, 3, rate=1.5e-3, vision=1.0, cool=0.3, speak=False),
        WorldPhase("scenes", steps(430), ((SceneWorld(), 6),), 3, _KEPT),
        WorldPhase("worlds", steps(1200), spoken, 3, _WORLDS),
    ]


def noisy_phase(slip: float, steps: int) -> WorldPhase:
    """A short last phase whose teachers err: samples get worse, the skill stays within reach of a few tries.

    Args:
        slip: probability per step of a trace that the teacher errs, from 0 to 1.
        steps: optimiser steps; more of them bring the samples nearer to the teacher's.
    """
    mix = Mix(counts=_NOISY, descriptions=1, directories=0, slip=slip, options=4)
    worlds = ((SceneWorld(slip, at_once=4), 2), (ChartWorld(slip), 2), (PairWorld(slip), 2))
    return WorldPhase("noisy", steps, worlds, 5, mix, rate=4e-4, hints=0.0, cells=0.0, warm=10, cool=0.3)
