"""What depends on how the run went: monitors, schedules over the history, curricula with state."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.engine import train
from mmreason.losses.clipped_surrogate import ClippedSurrogate
from mmreason.recipe import Recipe, Stage, Survey
from mmreason.rewards.base import Reward, Term
from mmreason.types import Batch, Progress, Schedule, Task
from tests.mmreason.engine.methods import RIGHT, SAMPLE, TERMS, Coverage, LaserD
from tests.mmreason.fakes import D, LiveTasks, Tasks, close, comp, group, run_of, settled
from tests.mmreason.tiny_lm import TinyLM

STAGE = Stage(tasks=Tasks(), rollout=SAMPLE, groups=3, steps=4, rewards=TERMS, losses=(ClippedSurrogate(),))
MONITOR = Survey(every=2, stage=Stage(name="monitor", tasks=Tasks(5), rollout=SAMPLE, groups=5, metrics=(Coverage(),)))


# RECAP: each objective's weight from the recent history of all of them


@dataclass(frozen=True)
class Recap(Schedule):
    """RECAP, arXiv:2510.21978: convergence rate plus noise of each objective's history, as a softmax of mean 1."""

    of: tuple[str, ...]
    me: int
    window: int = 2
    temperature: float = 5.0

    def __call__(self, progress: Progress) -> float:
        kept = [torch.tensor(progress.history.get(n, ())[-2 * self.window :], dtype=D) for n in self.of]
        if any(len(values) < 2 * self.window for values in kept):
            return 1.0
        halves = [(values[: self.window].mean(), values[self.window :].mean(), values.std()) for values in kept]
        scores = torch.stack([old / new + noise / (old + new) for old, new, noise in halves])
        return float(len(kept) * (scores / self.temperature).softmax(0)[self.me])


def test_recap() -> None:
    progress = Progress(history={"a": [1.0, 0.8, 0.4, 0.2], "b": [0.5, 0.7, 0.6, 0.6]})
    close([progress.at(Recap(("a", "b"), me)) for me in (0, 1)], [1.21997029, 0.78002971])
    assert Progress().at(Recap(("a", "b"), 0)) == 1.0


def test_recap_moves_the_weight_of_a_loss_and_of_a_term() -> None:
    names = ("stage/policy/loss", "stage/policy/grad_norm")
    stage = replace(
        STAGE,
        steps=6,
        rewards=(Term("right", RIGHT, weight=Recap(names, 0)),),
        losses=(ClippedSurrogate(weight=Recap(names, 1, temperature=0.1)),),
    )
    run = run_of({POLICY: TinyLM()})
    train(Recipe(name="recap", stages=(stage,)), run)
    constant = run_of({POLICY: TinyLM()})
    train(Recipe(name="constant", stages=(replace(stage, losses=(ClippedSurrogate(),)),)), constant)
    a, b = run.history[names[1]], constant.history[names[1]]
    assert a[:4] == b[:4], "weights are 1 until two windows are there"
    assert a[4] != b[4]


# LASER-D: targets from a monitor set


def test_laser_d_targets() -> None:
    shares = {"low": (0.1, 0.6, 1.0), "medium": (0.4, 0.5, 0.9), "high": (0.2, 0.8, 1.0)}
    history = {f"m/{band}/{n}": [p] for band, ps in shares.items() for n, p in zip((2, 4, 6), ps, strict=True)}
    batch = Batch((), Progress(history=history))
    assert [LaserD("m").target(batch, band, 8, 9) for band in range(3)] == [6, 4, 2]
    g = group(*(comp([4] * n if right else [3] * n) for right, n in ((1, 1), (1, 5), (1, 2), (0, 9))))
    high = settled([g], LaserD("m"), progress=Progress(history=history))
    close(high.groups[0][LaserD("m")], [1.5, 1.0, 1.5, -0.5])
    first = settled([g], LaserD("m"))
    close(first.groups[0][LaserD("m")], [1.5, 1.5, 1.5, -0.5]), "no monitor yet: the longest of the batch"


def test_laser_d_runs() -> None:
    run = run_of({POLICY: TinyLM()})
    stage = replace(STAGE, rewards=(Term("laser", LaserD("monitor")),), surveys=(MONITOR,))
    train(Recipe(name="laser", stages=(stage,)), run)
    assert len(run.history["monitor/low/2"]) == 2
    assert len(run.history["stage/policy/loss"]) == 4


# B-STaR: the sampling temperature that a monitor likes best


@dataclass(frozen=True)
class BestTemperature(Schedule):
    """B-STaR, arXiv:2412.17256: the temperature of the best balance score; ties to the lower one."""

    grid: tuple[float, ...]

    def __call__(self, progress: Progress) -> float:
        return max(self.grid, key=lambda t: (progress.history[f"dev {t}/balance"][-1], -t))


@dataclass(frozen=True)
class Balance:
    """Right answers up to a number needed, times their share."""

    of: Reward = RIGHT
    need: int = 4

    def __call__(self, batch: Batch) -> dict[str, float]:
        scores = [min(float(g[self.of].sum()) / self.need, 1) * float(g[self.of].mean()) for g in batch.groups]
        return {"balance": sum(scores) / len(scores)}


def test_a_rollout_follows_a_monitor() -> None:
    grid = (0.5, 1.0, 1.5)
    dev = [replace(MONITOR.stage, name=f"dev {t}", rollout=replace(SAMPLE, temperature=t)) for t in grid]
    surveys = tuple(Survey(every=3, stage=replace(stage, metrics=(Balance(),))) for stage in dev)
    heats = []

    @dataclass(frozen=True)
    class Noted:
        def __call__(self, batch: Batch) -> dict[str, float]:
            heats.append({c.temperature for _, c in batch.pairs()})
            return {}

    stage = replace(
        STAGE, rollout=replace(SAMPLE, temperature=BestTemperature(grid)), surveys=surveys, metrics=(Noted(),)
    )
    run = run_of({POLICY: TinyLM()})
    train(Recipe(name="b-star", stages=(stage,)), run)
    best = [max(grid, key=lambda t: (run.history[f"dev {t}/balance"][k], -t)) for k in (0, 1)]
    assert heats == [{best[0]}] * 3 + [{best[1]}]


# ProRL: a rule over evaluations


@dataclass(frozen=True)
class WhenStale(Schedule):
    """1 right after the evaluation that was the last of ``patience`` bad ones in a row (ProRL, arXiv:2505.24864)."""

    metric: str
    patience: int = 2
    delta: float = 0.0

    def __call__(self, progress: Progress) -> float:
        best, bad, hit = -math.inf, 0, False
        for x in progress.history.get(self.metric, ()):
            bad = 0 if x > best + self.delta else bad + 1
            hit = bad == self.patience
            best, bad = (x, 0) if hit or bad == 0 else (best, bad)
        return float(hit)


def test_when_stale() -> None:
    history = [0.30, 0.35, 0.34, 0.35, 0.36, 0.36, 0.36, 0.20]
    found = [Progress(history={"e": history[: i + 1]}).at(WhenStale("e")) for i in range(8)]
    assert found == [0, 0, 0, 1, 0, 0, 1, 0]


# MMR1: one live source under the stage and under the sweep that scores it


class LiveVas(LiveTasks):
    """Draws tasks by weights that a sweep keeps up to date."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__(tasks)
        self.weights, self.rng = {t.id: 1.0 for t in tasks}, random.Random(0)

    def next(self, num: int) -> list[Task]:
        return self.rng.choices(self.tasks, [self.weights[t.id] + 1e-9 for t in self.tasks], k=num)

    def upcoming(self, num: int) -> list[Task]:
        return []  # a draw would move the generator

    def state_dict(self) -> dict[str, Any]:
        return {"weights": dict(self.weights)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.weights = dict(state["weights"])


@dataclass(frozen=True)
class Vas:
    """Variance-aware sampling of MMR1, arXiv:2509.21268."""

    of: Tasks = Tasks()

    def open(self, run: Any) -> LiveVas:
        return LiveVas(self.of.open(run).tasks)


@dataclass(frozen=True)
class Sweep:
    """Every task of a weighted source once; the outcome variances become its weights."""

    of: Vas
    right: Reward = RIGHT

    def open(self, run: Any) -> LiveSweep:
        return LiveSweep(run.source(self.of), self.right)


class LiveSweep(LiveTasks):
    """Tells the other source what it sees."""

    def __init__(self, scored: LiveVas, right: Reward) -> None:
        super().__init__(scored.tasks)
        self.scored, self.right = scored, right

    def observe(self, batch: Batch) -> None:
        for g in batch.groups:
            p = float(g[self.right].mean())
            self.scored.weights[g.task.id] = p * (1 - p)


@pytest.mark.parametrize("every", [1, 2])
def test_vas(every: int) -> None:
    vas = Vas()
    sweep = Survey(every=every, stage=replace(STAGE, name="sweep", tasks=Sweep(vas), groups=8, steps=1, losses=()))
    run = run_of({POLICY: TinyLM()})
    train(Recipe(name="vas", stages=(replace(STAGE, tasks=vas, surveys=(sweep,)),)), run)
    weights = run.source(vas).weights  # type: ignore[attr-defined]
    assert all(0 <= w <= 0.25 for w in weights.values())
    assert len(set(weights.values())) > 1
