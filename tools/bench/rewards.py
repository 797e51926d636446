"""Reward terms over thousands of completions on one thread: seconds a term, and where they go."""

from __future__ import annotations

import cProfile
import importlib
import pkgutil
import pstats
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

import mmreason.parsing
from mmreason.rewards.base import Reward
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.signals import needs
from mmreason.types import Batch
from mmreason.workers import shared
from tools.bench.reward_batches import math_batch, transit_batch


@dataclass(frozen=True)
class Timing:
    """One line of the table."""

    term: str
    completions: int
    seconds: float
    """Median over the rounds, caches cold; by the clock on the wall."""
    cpu: float
    """Median processor seconds of this process: what is left of the above where others use the machine too."""
    spread: tuple[float, float]
    """Fastest and slowest round."""
    parsing: float
    """Share of the time that is spent in mmreason.parsing, 0 to 1, under the profiler."""
    mean: float
    """Mean reward, so that a term which scores nothing cannot pass as fast."""
    rounds: int

    @property
    def per_second(self) -> float:
        """Completions a second."""
        return self.completions / self.seconds


def rewards(num: int = 4096, rounds: int = 5) -> list[Timing]:
    """Time every term of the RewardMap recipe and the math term over ``num`` completions.

    Each is measured alone with cold caches, and RewardMap's also together, where they share what they parse. Worker
    processes are started before the clock runs; how long that took stands below the table.
    """
    torch.set_num_threads(1)
    return [*transit_timings(num, rounds), *math_timings(num, rounds)]


def transit_timings(num: int, rounds: int) -> list[Timing]:
    """The terms of the recipe, its defaults."""
    from mmreason_recipes.rewardmap import rewardmap

    terms = rewardmap().stages[0].rewards
    batch = transit_batch(num)
    named = {term.name: (term.reward,) for term in terms if isinstance(term.reward, Reward)}
    together = tuple(reward for one in named.values() for reward in one)
    every = {f"rewardmap {name}": one for name, one in named.items()} | {"rewardmap, all terms": together}
    return [measure(name, batch, some, rounds) for name, some in every.items()]


def math_timings(num: int, rounds: int) -> list[Timing]:
    """The math term: what our own parsing decides, and all of it with math-verify in worker processes."""
    return [
        measure("math, own parsing only", math_batch(num), (MathAccuracy(verify=False),), rounds),
        measure("math, with math-verify", math_batch(num), (MathAccuracy(),), rounds),
    ]


def measure(name: str, batch: Batch, some: Sequence[Reward], rounds: int) -> Timing:
    """Time some rewards with everything they need; one more round before warms up and is not counted."""
    signals = needs(*some)

    def once() -> None:
        for signal in signals:
            batch.record(signal, signal.values(batch, [() for _ in batch.groups]))

    both = [cold(once) for _ in range(rounds + 1)][1:]
    times = [wall for wall, _ in both]
    values = torch.cat([group[some[-1]] for group in batch.groups])
    return Timing(
        term=name,
        completions=len(values),
        seconds=statistics.median(times),
        cpu=statistics.median(cpu for _, cpu in both),
        spread=(min(times), max(times)),
        parsing=parsing_share(once),
        mean=float(values.nanmean()),
        rounds=rounds,
    )


def cold(run: Callable[[], None]) -> tuple[float, float]:
    """Seconds on the wall and of this process's processor time of one run that finds no cache filled."""
    forget()
    start, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - cpu


def forget() -> None:
    """Empty every cache of the parsers: a step's completions have not been seen before."""
    for found in pkgutil.iter_modules(mmreason.parsing.__path__, "mmreason.parsing."):
        for value in vars(importlib.import_module(found.name)).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def parsing_share(run: Callable[[], None]) -> float:
    """Share of a run's time under functions of mmreason.parsing that others call."""
    forget()
    profile = cProfile.Profile()
    profile.runcall(run)
    stats = pstats.Stats(profile)
    inside = 0.0
    for (path, _, _), (*_, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if "mmreason/parsing" in path:
            inside += sum(spent[3] for (caller, _, _), spent in callers.items() if "mmreason/parsing" not in caller)
    return inside / stats.total_tt  # type: ignore[attr-defined]


def told(timings: Sequence[Timing]) -> str:
    """Timings for people, and how long the worker processes took to start."""
    lines = [f"{'term':26} {'seconds':>8} {'cpu':>6}  {'spread':13} {'completions/s':>13} {'parsing':>8} {'mean':>6}"]
    for t in timings:
        spread = f"{t.spread[0]:.3f}-{t.spread[1]:.3f}"
        times = f"{t.seconds:8.3f} {t.cpu:6.3f}  {spread:13} {t.per_second:13,.0f}"
        lines.append(f"{t.term:26} {times} {t.parsing:8.0%} {t.mean:6.2f}")
    pool = shared(memory_bytes=MathAccuracy().memory_bytes)
    return "\n".join([*lines, f"{pool.num} worker processes, {pool.spent}"])
