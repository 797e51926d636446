"""``summary.json``: what a run came to, in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PLAIN = "held_out"
"""Metrics of the exam of this name are called by their own names."""


def exam_metrics(lines: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Mean of each exam metric before and after training, as ``<name>_before`` and ``<name>_after``.

    The name is ``<exam>_<metric>``, but ``<metric>`` for the exam ``held_out``, and ``<exam>`` alone for the metric
    ``accuracy`` (an exam ``greedy`` gives ``greedy_before``). None where a metric was never measured.

    Args:
        lines: of metrics.jsonl.
    """
    seen: dict[str, list[float]] = {}
    for line in lines:
        if line["kind"] != "exam":
            continue
        for full, value in line["metrics"].items():
            name = f"{name_for(line['stage'], full.removeprefix(line['stage'] + '/'))}_{line['when']}"
            seen.setdefault(name, []).extend([value] if value is not None else [])
    return {name: sum(values) / len(values) if values else None for name, values in seen.items()}


def name_for(exam: str, metric: str) -> str:
    """How the summary calls a metric of an exam."""
    if exam == PLAIN:
        return metric
    return exam if metric == "accuracy" else f"{exam}_{metric}"
