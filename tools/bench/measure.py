"""Two sides, measured fairly: agreement first, then A B A B in one process, medians and spread."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch


class Disagree(Exception):
    """The two sides did not compute the same: there is nothing to compare."""


@dataclass(frozen=True)
class Result:
    """One row of the table, and of the JSON file."""

    case: str
    ours_s: float
    """Median seconds."""
    peer_s: float
    peer: str
    ratio: float
    """Median over the rounds of peer / ours, each round's two runs being neighbours in time."""
    spread: tuple[float, float]
    """Smallest and largest ratio of a round."""
    agree: Mapping[str, float]
    """How far the two sides' results were apart."""
    rounds: int
    counters: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What each side ran in one round."""
    unit: str = "s"
    """Of ``ours_s`` and ``peer_s``: seconds, or bytes (B) where memory is measured."""


def compare(
    case: str,
    ours: Callable[[], object],
    peer: tuple[str, Callable[[], object]],
    apart: Callable[[], Mapping[str, float]],
    limits: Mapping[str, float],
    rounds: int,
    counters: Mapping[str, Mapping[str, float]] | None = None,
) -> Result:
    """Measure both sides in turns, after they were shown to agree.

    Args:
        case: what is measured.
        ours: one run of our side.
        peer: name and one run of the other side.
        apart: how far the results of both sides are apart, by name.
        limits: the most that each of them may be.
        rounds: pairs of runs; one more pair before them warms up and is not counted.
        counters: see ``Result``.

    Raises:
        Disagree: a difference is over its limit, or no number.
    """
    agree = dict(apart())
    wrong = {name: value for name, value in agree.items() if not value <= limits[name]}
    if wrong:
        told = ", ".join(f"{name} {value:.3g} (at most {limits[name]:g})" for name, value in wrong.items())
        raise Disagree(f"{case}: the two sides do not compute the same: {told}; no ratio is given")
    name, other = peer
    times = [(clock(ours), clock(other)) for _ in range(rounds + 1)][1:]
    ratios = [b / a for a, b in times]
    return Result(
        case=case,
        ours_s=statistics.median(a for a, _ in times),
        peer_s=statistics.median(b for _, b in times),
        peer=name,
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        agree=agree,
        rounds=rounds,
        counters=counters or {},
    )


def clock(run: Callable[[], object]) -> float:
    """Seconds of one run, the device's queue drained."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    start = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def table(results: Sequence[Result]) -> str:
    """Results for people."""
    wide = max((len(r.case) for r in results), default=4)
    lines = [f"{'case':{wide}} {'ours':>9} {'peer':>9} {'ratio':>7}  spread        agree"]
    for r in results:
        agree = ", ".join(f"{name} {value:.1e}" for name, value in r.agree.items())
        spread = f"{r.spread[0]:.2f}-{r.spread[1]:.2f}"
        ours, peer = shown(r.ours_s, r.unit), shown(r.peer_s, r.unit)
        lines.append(f"{r.case:{wide}} {ours:>9} {peer:>9} {r.ratio:6.2f}x  {spread:12}  {agree}")
        for side, counts in r.counters.items():
            lines.append(f"  {side}: " + ", ".join(f"{name} {value:.0f}" for name, value in counts.items()))
    return "\n".join(lines)


def shown(value: float, unit: str) -> str:
    """Seconds, or bytes as MB."""
    return f"{value:.3f}s" if unit == "s" else f"{value / 1e6:.1f}MB"


def machine() -> dict[str, object]:
    """What the figures were measured on; no names."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"processor": platform.machine(), "threads": torch.get_num_threads(), "gpu": gpu}


def write(path: Path, results: Sequence[Any]) -> None:
    """Results, any dataclasses, for programs."""
    versions = {name: version(name) for name in ("torch", "transformers", "peft", "trl") if find_spec(name)}
    versions["python"] = platform.python_version()
    rows = [asdict(result) for result in results]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"results": rows, "versions": versions, "machine": machine()}, indent=2) + "\n")
