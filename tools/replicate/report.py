"""Writes the page of a study: picture, numbers, and what became of the paper's claims."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import Any

from mmreason.runs.curves import smoothed
from tools.replicate.runs import Outcome, by_step, finals, options_of, weights
from tools.replicate.study import Claim, Curve, Study

COLOURS = ("#1f4e8c", "#c8501e", "#2d8659", "#7b4fa3", "#b8860b", "#3c3c3c", "#d0679d", "#4aa3a3")
DASHES = ("-", "--", "-.", ":")

By = Mapping[str, Sequence[Outcome]]
"""Outcomes by arm."""


def by_arm(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Put the seeds of an arm together."""
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.arm, []).append(outcome)
    return found


def spread(values: Sequence[float]) -> str:
    """Mean with smallest and largest: ``0.812 (0.80-0.83)``."""
    if not values:
        return "-"
    return f"{mean(values):.3f} ({min(values):.2f}-{max(values):.2f})" if len(values) > 1 else f"{values[0]:.3f}"


def verdict(claim: Claim, by: By) -> tuple[str, str, str]:
    """Both numbers, and whether the direction shows: in the mean, and with every seed of one above all of the other."""
    ours, theirs = finals(by[claim.arm], claim.metric), finals(by[claim.than], claim.metric)
    if not ours or not theirs:
        return spread(ours), spread(theirs), "not measured"
    sign = 1 if claim.direction == "higher" else -1
    if min(sign * x for x in ours) > max(sign * x for x in theirs):
        return spread(ours), spread(theirs), "shows, for every seed"
    shows = sign * (mean(ours) - mean(theirs)) > 0
    return spread(ours), spread(theirs), "shows in the mean; seeds overlap" if shows else "does not show"


def page(study: Study, outcomes: Sequence[Outcome]) -> str:
    """The text of the page."""
    by = by_arm(outcomes)
    seeds = sorted({outcome.seed for outcome in outcomes})
    head = " | ".join(title for _, title in study.finals)
    rows = []
    for arm in study.arms:
        cells = [
            f"{spread(finals(by[arm.name], metric, 'before'))} → {spread(finals(by[arm.name], metric))}"
            for metric, _ in study.finals
        ]
        seconds = mean(outcome.summary["seconds"] for outcome in by[arm.name])
        rows.append(f"| {arm.name} | {' | '.join(cells)} | {seconds:.0f} s |")
    parts = [
        f"# {study.title}\n\n{study.about}\n\n![curves]({study.name}.png)\n",
        f"Held out, before → after; mean over seeds {', '.join(map(str, seeds))} (smallest-largest):\n",
        f"| arm | {head} | wall time |\n|{'---|' * (len(study.finals) + 2)}\n" + "\n".join(rows) + "\n",
    ]
    if study.claims:
        told = [(claim, *verdict(claim, by)) for claim in study.claims]
        lines = [f"| {c.text} | {c.arm}: {a} | {c.than}: {b} | {end} |" for c, a, b, end in told]
        parts.append("| the paper's direction | | | here |\n|---|---|---|---|\n" + "\n".join(lines) + "\n")
    if study.found:
        parts.append(f"{study.found}\n")
    arms = "\n".join(
        f"- {arm.name}: `mmreason train {arm.recipe} --preset tiny {' '.join(options_of(arm))}`" for arm in study.arms
    )
    parts.append(f"Arms:\n\n{arms}\n\n`python -m tools.replicate {study.name} --seeds {len(seeds)}`; {where(study)}.\n")
    return "\n".join(parts)


def where(study: Study) -> str:
    """Weights, machine and versions."""
    found = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers"))
    return f"{study.policy} {weights(study.policy)}, {platform.machine()} CPU, {found}"


def numbers(study: Study, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything that the page is made of, as plain values."""
    return {
        "study": study.name,
        "where": where(study),
        "runs": [
            {
                "arm": outcome.arm,
                "seed": outcome.seed,
                "seconds": outcome.summary["seconds"],
                "finals": {
                    f"{metric}_{when}": outcome.summary.get(f"{metric}_{when}")
                    for metric, _ in study.finals
                    for when in ("before", "after")
                },
                "curves": {curve.metric: list(by_step(outcome, curve.metric).items()) for curve in study.curves},
            }
            for outcome in outcomes
        ],
    }


def draw(study: Study, outcomes: Sequence[Outcome], path: Path) -> None:
    """One panel for each curve: the mean over seeds, smoothed, in the band of all seeds."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4 * len(study.curves), 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    by = by_arm(outcomes)
    for curve, axes in zip(study.curves, figure.subplots(1, len(study.curves), squeeze=False).flat, strict=True):
        for number, arm in enumerate(study.arms):
            band(axes, curve, arm.name, by[arm.name], number)
        axes.set_title(curve.title, fontsize=10, loc="left")
        axes.set_xlabel("step", fontsize=8)
        axes.grid(axis="y", color="#e5e5e5", linewidth=0.7)
        axes.tick_params(labelsize=8)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.axes[0].legend(fontsize=8, frameon=False)
    figure.suptitle(study.title, fontsize=12, fontweight="bold", x=0.01, ha="left")
    figure.savefig(path, format="png")


def band(axes: Any, curve: Curve, name: str, outcomes: Sequence[Outcome], number: int) -> None:
    """One arm."""
    tables = [by_step(outcome, curve.metric) for outcome in outcomes]
    steps = sorted(set.intersection(*(set(table) for table in tables))) if tables else []
    if not steps:
        return
    smooth = [smoothed([table[step] for step in steps], max(len(steps) // 15, 2)) for table in tables]
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    columns = list(zip(*smooth, strict=True))
    axes.fill_between(steps, [min(c) for c in columns], [max(c) for c in columns], color=colour, alpha=0.12, lw=0)
    axes.plot(steps, [mean(c) for c in columns], color=colour, linestyle=dash, linewidth=1.7, label=name)


def write(study: Study, outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write page, numbers and picture."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{study.name}.{end}" for end in ("md", "json", "png")]
    paths[0].write_text(page(study, outcomes), encoding="utf-8")
    paths[1].write_text(json.dumps(numbers(study, outcomes), indent=1) + "\n", encoding="utf-8")
    draw(study, outcomes, paths[2])
    return paths
