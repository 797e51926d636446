"""The last phases of mmreason-tiny: lessons of every family, by the project's own engine."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from mmreason.asks import POLICY
from mmreason.data.sources import InOrder, Shuffled, TaskSpec
from mmreason.engine import collect
from mmreason.losses.cross_entropy import CrossEntropy
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rollouts.demonstrations import Demonstrations
from mmreason.rollouts.sample import Sample
from mmreason.run import Pending, Run
from mmreason.types import Completion, Progress, Task
from tools.tiny.families import Lessons, lessons

Report = Callable[[str, int, dict[str, float]], None]
LONGEST = 120
"""Tokens of the longest answer in an exam."""


@dataclass(frozen=True)
class Phase:
    """Steps on lessons of all families.

    Attributes:
        name: in the printed lines, and in the order of the tasks.
        steps: optimiser steps.
        groups: tasks a step.
        rate: peak learning rate; it rises over 60 steps at most and falls as a cosine to a twentieth.
        slip: above 0 the teachers err as the recipes' own do.
        share: of the tasks of `lessons`.
    """

    name: str
    steps: int
    groups: int = 16
    rate: float = 1e-3
    slip: float = 0.0
    share: float = 1.0

    @property
    def optim(self) -> AdamW:
        """The optimiser with its schedule."""
        warm = min(60, self.steps // 10)
        return AdamW(lr=self.rate, betas=(0.9, 0.98), weight_decay=0.01, warmup=warm, schedule="cosine",
                     total=self.steps, floor=0.05)  # fmt: skip


def lesson_phases(steps: int, headroom: int) -> list[Phase]:
    """Lessons without a mistake, then few with the mistakes of the recipes' teachers: headroom for what follows."""
    phases = [Phase("lessons", steps), Phase("headroom", headroom, rate=2e-4, slip=0.3, share=0.12)]
    return [phase for phase in phases if phase.steps]


def teach(start: Path, phase: Phase, home: Path, seed: int, report: Report) -> Any:
    """Train a checkpoint on the lessons of a phase and give its model, in single precision.

    Args:
        start: checkpoint to start from.
        phase: see `Phase`.
        home: where lessons are drawn; they stay there.
        seed: of the order.
        report: called every 25 steps.
    """
    tasks = Shuffled(Lessons(lessons(slip=phase.slip, share=phase.share)))
    stage = Stage(
        name=phase.name,
        tasks=tasks,
        rollout=Demonstrations(field="demonstrations"),
        steps=phase.steps,
        groups=phase.groups,
        losses=(CrossEntropy(),),
    )
    recipe = Recipe(name="lessons", stages=(stage,), models=((POLICY, _policy(start, phase.optim)),))
    run, began, sums = Run(models={}, seed=seed, home=home), time.perf_counter(), list[float]()
    run.open(recipe)
    for step in range(phase.steps):
        run.step = step
        run.pending = Pending(collect(stage, run, Progress(step, phase.steps, stage.name, run.history)))
        run.learn_next(stage)
        sums.append(run.pending.logged["policy/loss"][-1])
        run.pending = None
        if (step + 1) % 25 == 0 or step + 1 == phase.steps:
            rate = (step + 1) * phase.groups / (time.perf_counter() - began)
            report(phase.name, step + 1, {"loss": sum(sums) / len(sums), "tasks/s": rate})
            sums = []
    return run.models[POLICY].core


def examine(checkpoint: Path, home: Path, num: int, samples: int = 8) -> dict[str, tuple[float, float, float]]:
    """Greedy, mean of the samples, and best of them, by family, on tasks that no lesson had.

    An answer is right that equals the teacher's: what stands in the answer tags or, without them, the last line.

    Args:
        checkpoint: what is examined.
        home: where the tasks are drawn.
        num: tasks of each family.
        samples: draws at temperature 1 for each task; 0 gives nan for them.
    """
    run, out = Run(models={}, home=home), {}
    run.open(Recipe(name="exam", stages=(), models=((POLICY, _policy(checkpoint, AdamW())),)))
    for name, spec in lessons("test", share=0.02):
        greedy = _right(run, name, spec, num, Sample(num=1, limit=LONGEST, temperature=0.0))
        drawn = _right(run, name, spec, num, Sample(num=samples, limit=LONGEST)) if samples else [[float("nan")]]
        means = [mean(mean(row) for row in rows) for rows in (greedy, drawn)]
        out[name] = (means[0], means[1], mean(max(row) for row in drawn))
    return out


def _policy(checkpoint: Path, optim: AdamW) -> Policy:
    """A tower that has learned to see keeps to it; the language model learns to read what it says."""
    return Policy(model=str(checkpoint), optim=optim, rates=(("vision", 0.1),), budget=16_384)


def _right(run: Run, name: str, spec: TaskSpec, num: int, rollout: Sample) -> list[list[float]]:
    stage = Stage(name=f"exam-{name}-{rollout.num}", tasks=InOrder(spec), rollout=rollout, groups=num)
    batch = collect(stage, run, Progress(0, 1, stage.name, run.history))
    return [[_equal(group.task, completion) for completion in group.completions] for group in batch.groups]


def _equal(task: Task, completion: Completion) -> float:
    texts: Sequence[str] = task.record["demonstrations"]
    return float(said(completion.text) in {said(text) for text in texts})


def said(text: str) -> str:
    """The answer in a completion."""
    found = re.findall(r"<answer>(.*?)(?:</answer>|\Z)", text, re.DOTALL)
    return (found[-1] if found else text.strip().rsplit("\n", 1)[-1]).strip()
