"""What a run came to: a small table, before and after, and what to try next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmreason.cli.screen import number, show, table

COLUMNS = {"accuracy": "accuracy", "greedy": "greedy accuracy", "reward": "reward"}
"""Names of exam metrics in ``summary.json``, and what the table calls them."""


def outcome(summary: Mapping[str, Any], home: Path, recipe: str, maps: bool = True) -> None:
    """Print accuracy and reward by question type before and after, where the files are, and two commands.

    ``maps`` says that the run learned from transit maps, so that more can be drawn to score it on.
    """
    kinds = kinds_of(summary)
    present = {name: text for name, text in COLUMNS.items() if any(pair(summary, name, kind) for kind in kinds)}
    if present:
        title = f"held out, before → after {summary['steps']} steps"
        rows = table(title, "questions", *present.values(), right=present.values())
        for kind in kinds:
            if kind == ALL and len(kinds) > 1:
                rows.add_section()
            rows.add_row(kind or ALL, *(change(pair(summary, name, kind)) for name in present))
        show("", rows)
    drawn = ("transit --seed 7", "score it on maps that are drawn anew")
    data, why = drawn if maps else ("FILE.jsonl", "score it on questions of yours")
    commands = {
        f"mmreason eval {home} --data {data}": why,
        f"mmreason explain {recipe}": "what was computed, stage by stage",
    }
    width = max(map(len, commands))
    show(
        f"curves   {home / 'curves.png'}",
        f"numbers  {home / 'summary.json'}",
        f"answers  {home / 'traces'}",
        "",
        "next:",
        *(f"  {line:{width}}   # {text}" for line, text in commands.items()),
    )


ALL = "all"
"""The row of all questions."""


def kinds_of(summary: Mapping[str, Any]) -> list[str]:
    """Question types in the order of the exam, then all."""
    names = (key.removesuffix("_after") for key in summary if key.endswith("_after"))
    found = [name.removeprefix("accuracy/") for name in names if name.startswith("accuracy/")]
    return [*found, ALL]


def pair(summary: Mapping[str, Any], name: str, kind: str) -> tuple[float | None, float | None] | None:
    """A metric of a question type before and after; None where the run has not measured it."""
    key = name if kind == ALL else f"greedy_accuracy/{kind}" if name == "greedy" else f"{name}/{kind}"
    if f"{key}_before" not in summary and f"{key}_after" not in summary:
        return None
    return summary.get(f"{key}_before"), summary.get(f"{key}_after")


def change(values: tuple[float | None, float | None] | None) -> str:
    """Write a pair and its difference."""
    if values is None:
        return "-"
    before, after = values
    gain = f" ({after - before:+.3f})" if before is not None and after is not None else ""
    return f"{number(before)} → {number(after)}{gain}"
