"""The curves of a run, out of ``metrics.jsonl`` and ``costs.jsonl``; several seeds of one recipe as one."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmreason.inspector.jsonl import mapping, number, text, whole
from mmreason.inspector.model import Curve

TERM = "term/"
GROUPS = (
    ("Reward", ("reward", "reward_std", "flat_groups")),
    ("Accuracy", ("accuracy", "strict", "partial")),
    ("Loss", ("loss",)),
    ("KL", ("kl",)),
    ("Entropy", ("entropy",)),
    ("Length", ("length", "truncated", "thought_tokens", "thinking_tokens", "skip_ratio")),
)
"""Heading of a panel, and the words that stand first or last in the names of its metrics."""
ORDER = (
    "Reward", "Reward terms", "Reward terms (unweighted)", "Accuracy", "Loss", "KL", "Entropy", "Length", "Other",
    "Surveys", "Costs",
)  # fmt: skip
Weights = Mapping[tuple[str, int], Mapping[str, float]]
"""Weights of the reward terms by stage and step."""
Points = dict[tuple[str, str], list[tuple[int, float]]]
"""Points by group and name."""


def group_of(name: str) -> str:
    """Give the heading of a metric's panel.

    >>> group_of("reward/planning"), group_of("policy/kl"), group_of("accuracy/L1"), group_of("policy/lr")
    ('Reward', 'KL', 'Accuracy', 'Other')
    """
    first, last = name.split("/")[0], name.split("/")[-1]
    if first in ("missing", "guard"):
        return "Other"
    for group, words in GROUPS:
        if first in words or last in words or (group == "Accuracy" and "accuracy" in first):
            return group
    return "Accuracy" if first.startswith(("pass_at", "pass@")) else "Other"


def curves(
    metrics: Iterable[Mapping[str, Any]],
    costs: Iterable[Mapping[str, Any]],
    weights: Weights,
    run: str = "",
    seed: int | None = None,
) -> list[Curve]:
    """Put the lines of the logs together, metric by metric; names leave their stage out.

    Reward terms are multiplied with their weights at that step, so that they add up to the reward; where the traces
    do not tell a weight they stand in a group of their own.
    """
    points: Points = {}
    known = by_stage(weights)
    for line in metrics:
        stage, step, kind = text(line.get("stage")), whole(line.get("step")), text(line.get("kind"))
        if kind not in ("step", "survey"):
            continue
        for full, value in mapping(line.get("metrics")).items():
            name = full.removeprefix(f"{stage}/")
            if kind == "survey":
                put(points, "Surveys", f"{stage}/{name}", step, number(value))
            elif name.startswith(TERM):
                term = name.removeprefix(TERM)
                weight = weight_at(known.get(stage, []), step, term)
                group = "Reward terms" if weight == weight else "Reward terms (unweighted)"
                put(points, group, term, step, number(value) * (weight if weight == weight else 1.0))
            else:
                put(points, group_of(name), name, step, number(value))
    for line in costs:
        if line.get("kind") == "step":
            put(points, "Costs", "seconds", whole(line.get("step")), number(line.get("seconds")))
            for name, value in mapping(line.get("costs")).items():
                put(points, "Costs", name, whole(line.get("step")), number(value))
    made = [Curve(name, group, tuple(sorted(found)), run, seed) for (group, name), found in points.items()]
    return sorted(made, key=lambda curve: (ORDER.index(curve.group), curve.name.count("/") > 0, curve.name))


def put(points: Points, group: str, name: str, step: int, value: float) -> None:
    """Add a point, if it was measured."""
    if not math.isnan(value):
        points.setdefault((group, name), []).append((step, value))


def by_stage(weights: Weights) -> dict[str, list[tuple[int, Mapping[str, float]]]]:
    """Weights by stage, in order of their steps."""
    out: dict[str, list[tuple[int, Mapping[str, float]]]] = {}
    for (stage, step), terms in sorted(weights.items()):
        out.setdefault(stage, []).append((step, terms))
    return out


def weight_at(known: Sequence[tuple[int, Mapping[str, float]]], step: int, term: str) -> float:
    """Weight of a term at a step: the last that is known by then, or else the first; NaN for none."""
    if not known:
        return math.nan
    at = bisect_right([s for s, _ in known], step) - 1
    return known[max(at, 0)][1].get(term, math.nan)


def spread_over_seeds(runs: Sequence[Sequence[Curve]], name: str = "") -> list[Curve]:
    """Put the curves of several seeds of one recipe together: their mean, and from the lowest to the highest.

    A step counts where every run that has the curve has a point; a curve that only one run has is its own spread.

    Args:
        runs: the curves of each run.
        name: of them all together.
    """
    every: dict[tuple[str, str], list[dict[int, float]]] = {}
    for of_run in runs:
        for curve in of_run:
            every.setdefault((curve.group, curve.name), []).append(dict(curve.points))
    out = []
    for (group, metric), found in every.items():
        steps = sorted(set.intersection(*(set(points) for points in found)))
        values = [[points[step] for points in found] for step in steps]
        mean = tuple((step, sum(of) / len(of)) for step, of in zip(steps, values, strict=True))
        band = tuple((step, min(of), max(of)) for step, of in zip(steps, values, strict=True))
        if steps:
            out.append(Curve(metric, group, mean, name, None, band))
    return out
