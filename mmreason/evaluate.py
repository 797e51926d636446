"""Scores a checkpoint on a set of tasks: the engine's exams, answer by answer, and the numbers that sum them up."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, isnan
from pathlib import Path
from typing import Literal

from mmreason.asks import POLICY
from mmreason.data.records import BadRecord
from mmreason.data.sources import InOrder, TaskSpec
from mmreason.engine import Silent, examine, ready
from mmreason.errors import RecipeError
from mmreason.metrics.batch import Mean
from mmreason.metrics.pass_at_k import mean_pass_at_k
from mmreason.metrics.reasonmap import Form, Scored
from mmreason.metrics.reasonmap_report import score_completion
from mmreason.models.specs import Policy
from mmreason.recipe import Recipe, Stage
from mmreason.rewards.accuracy import Accuracy
from mmreason.rewards.base import Reward
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.reasonmap_record import TYPES
from mmreason.rollouts.sample import Sample
from mmreason.run import Run
from mmreason.types import Batch, Group, Task
from mmreason.validate import validate

Mode = Literal["sampled", "greedy"]
MODES: tuple[Mode, ...] = ("sampled", "greedy")


@dataclass(frozen=True)
class First:
    """The first tasks of a data set. Not from a paper."""

    of: TaskSpec
    num: int

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        """Read all and keep the first."""
        tasks, bad = self.of.load_tasks(home)
        return tasks[: self.num], bad


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One task, answered once or several times."""

    task: str
    kind: str
    mode: Mode
    gold: str | None
    weight: float
    answers: tuple[str, ...]
    right: tuple[float, ...]
    """1, 0, or NaN where nothing could be judged."""
    map_scores: tuple[float | None, ...]
    lengths: tuple[int, ...]
    """Tokens written."""
    finishes: tuple[str, ...]
    form: Form = "short"

    def scored(self) -> list[Scored]:
        """Give the answers as rows of the benchmark's report."""
        return [
            Scored(self.kind, self.weight, right, score, self.form)
            for right, score in zip(self.right, self.map_scores, strict=True)
            if not isnan(right)
        ]

    def line(self) -> str:
        """Write it as a line of JSON; NaN is null."""
        answers = zip(self.answers, self.right, self.map_scores, self.lengths, self.finishes, strict=True)
        names = ("text", "accuracy", "map_score", "tokens", "finish")
        samples = [dict(zip(names, (t, None if isnan(r) else r, *rest), strict=True)) for t, r, *rest in answers]
        head = {"id": self.task, "type": self.kind, "mode": self.mode, "gold": self.gold, "weight": self.weight}
        return json.dumps(head | {"samples": samples}, ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How questions are answered.

    Attributes:
        num: samples of each task.
        temperature: of the samples; 0 leaves them out, and only greedy answers are given.
        limit: longest answer in tokens.
        seed: of the samples.
        batch: tasks answered together, at most.
    """

    num: int = 4
    temperature: float = 1.0
    limit: int = 2048
    seed: int = 0
    batch: int = 16


def exams(tasks: TaskSpec, num_tasks: int, accuracy: Reward, way: Way) -> tuple[Stage, ...]:
    """Make the sampled exam (none at temperature 0) and the greedy one, of ``num_tasks`` tasks each."""
    steps = ceil(num_tasks / way.batch)
    greedy = Stage(
        name="greedy",
        tasks=InOrder(tasks),
        rollout=Sample(num=1, limit=way.limit, temperature=0.0),
        steps=steps,
        groups=ceil(num_tasks / steps),
        metrics=(Mean("accuracy", accuracy),),
    )
    sample = Sample(num=way.num, limit=way.limit, temperature=way.temperature)
    return (replace(greedy, name="sampled", rollout=sample), greedy) if way.temperature > 0 else (greedy,)


def accuracy_for(tasks: Sequence[Task]) -> Reward:
    """Choose the reward that knows what is right: by question type for ReasonMap records, by text for others.

    Raises:
        RecipeError: only some of the tasks are ReasonMap records.
    """
    known = [task.record.get("type") in TYPES for task in tasks]
    if any(known) and not all(known):
        other = tasks[known.index(False)]
        raise RecipeError(f"task {other.id!r} is no ReasonMap record, but others of the file are; evaluate them apart")
    return ReasonMapAccuracy() if all(known) else Accuracy()


class Collect(Silent):
    """Keeps every judged task once: the last step of an exam may begin the data anew to fill up.

    Args:
        accuracy: settled by the exams.
        tell: called with the number of judged tasks, over all exams.
    """

    def __init__(self, accuracy: Reward, tell: Callable[[int], None] | None = None) -> None:
        self.accuracy, self.tell = accuracy, tell
        self.rows: dict[tuple[str, str], Judged] = {}

    def measured(self, run: Run, stage: Stage, batch: Batch, metrics: dict[str, float]) -> None:
        """Judge the batch."""
        for group in batch.groups:
            self.rows.setdefault((stage.name, group.task.id), judge(group, self.accuracy, stage.name))
        if self.tell is not None:
            self.tell(len(self.rows))


def judge(group: Group, accuracy: Reward, mode: str) -> Judged:
    """Turn an answered task into a row."""
    task, right = group.task, [float(x) for x in group[accuracy]]
    known = task.record.get("type") in TYPES
    pairs = list(zip(group.completions, right, strict=True))
    scored = [score_completion(task, c, x, None, "paper") if known else None for c, x in pairs]
    return Judged(
        task=task.id,
        kind=str(task.record.get("type", "task")),
        mode="greedy" if mode == "greedy" else "sampled",
        gold=task.answer,
        weight=scored[0].weight if scored and scored[0] else 1.0,
        answers=tuple(c.text for c in group.completions),
        right=tuple(right),
        map_scores=tuple(s.map_score if s else None for s in scored),
        lengths=tuple(int(c.wrote.sum()) for c in group.completions),
        finishes=tuple(c.finish for c in group.completions),
        form=scored[0].form if scored and scored[0] else "short",
    )


def summarise(rows: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Give the numbers by slice: ``all``, each question type, and the slices of ``metrics.reasonmap.report``.

    A slice has ``num`` (tasks), and as far as they were measured ``accuracy``, ``weighted_accuracy``, ``pass`` (pass@n
    of the n samples), ``map_score``, ``weighted_map_score`` over the samples, and ``greedy``, ``greedy_weighted``,
    ``greedy_map_score``, ``greedy_weighted_map_score`` over the greedy answers.
    """
    out: dict[str, dict[str, float]] = {}
    for mode in MODES:
        mine = [row for row in rows if row.mode == mode]
        for name, part in slices(mine).items():
            found = numbers(part)
            if mode == "greedy":
                found = {"num": found["num"]} | {RENAMED[k]: v for k, v in found.items() if k in RENAMED}
            out.setdefault(name, {}).update(found)
    return out


RENAMED = {
    "accuracy": "greedy",
    "weighted_accuracy": "greedy_weighted",
    "map_score": "greedy_map_score",
    "weighted_map_score": "greedy_weighted_map_score",
}


def slices(rows: Sequence[Judged]) -> dict[str, list[Judged]]:
    """All rows, and those of each question type in the order in which they come."""
    out = {"all": list(rows)} if rows else {}
    for row in rows:
        out.setdefault(row.kind, []).append(row)
    return out


def numbers(rows: Sequence[Judged]) -> dict[str, float]:
    """The numbers of one slice."""
    scored = [s for row in rows for s in row.scored()]
    found = {"num": float(len(rows))}
    if not scored:
        return found
    weights = sum(s.weight for s in scored)
    found["accuracy"] = sum(s.accuracy for s in scored) / len(scored)
    found["weighted_accuracy"] = sum(s.weight * s.accuracy for s in scored) / weights
    mapped = [(s.weight, s.map_score) for s in scored if s.map_score is not None]
    if mapped:
        found["map_score"] = sum(score for _, score in mapped) / len(mapped)
        found["weighted_map_score"] = sum(w * score for w, score in mapped) / sum(w for w, _ in mapped)
    groups = [[x > 0 for x in row.right if not isnan(x)] for row in rows]
    least = min(len(g) for g in groups if g)
    found["pass"] = mean_pass_at_k([g for g in groups if g], least)
    return found


def evaluate(
    policy: Policy,
    tasks: TaskSpec,
    home: Path,
    way: Way = Way(),
    adapter: Path | None = None,
    tell: Callable[[int], None] | None = None,
) -> list[Judged]:
    """Answer every task, sampled and greedily, and judge the answers.

    Args:
        policy: the checkpoint and how it is run.
        tasks: what is asked.
        home: where generated data is written.
        way: how it is answered.
        adapter: folder of a LoRA adapter that is laid over the policy.
        tell: called with the number of tasks judged so far, over both exams.

    Raises:
        MMReasonError: the data or the checkpoint cannot be used.
    """
    known, _ = tasks.load_tasks(home)
    accuracy = accuracy_for(known)
    recipe = Recipe(name="eval", stages=(), models=((POLICY, policy),), exams=exams(tasks, len(known), accuracy, way))
    validate(recipe)
    run = Run(models={}, seed=way.seed, home=home)
    run.open(recipe)
    if adapter is not None:
        run.models[POLICY].load(adapter)
    ready(recipe, run)
    collect = Collect(accuracy, tell)
    examine(recipe, run, collect)
    return list(collect.rows.values())
