"""What an evaluation writes and prints: files, tables, and what is significant in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmreason.cli.eval_plan import Plan
from mmreason.cli.screen import number, show, table
from mmreason.evaluation.comparison import as_json, compare_items, consistency, controlled, rewards_of, worded
from mmreason.evaluation.intervals import Interval
from mmreason.evaluation.items import FILE, Item
from mmreason.evaluation.scoring import Result
from mmreason.evaluation.summary import ALL, GREEDY, SAMPLED, Scores, summarise
from mmreason.runs.atomic import write_text
from mmreason.runs.log_file import finite

SUMMARY = "summary.json"
KINDS = 12
"""Rows of a table; of more labels the largest are shown, all are in the file."""


def written(plan: Plan, result: Result, seed: int) -> Scores:
    """Sum up, and write ``summary.json``; it depends on the answers alone."""
    rewards = [term.name for term in plan.job.terms()]
    scores = summarise(result.items, rewards, seed)
    plain = {
        exam: {label: {name: as_json(x) for name, x in of.items()} for label, of in labels.items()}
        for exam, labels in scores.items()
    }
    text = {
        "checkpoint": plan.name,
        "data": plan.data,
        **plan.settings,
        "questions": plan.counts,
        "unanswered": result.missing,
        "contract": plan.contract,
        "scores": plain,
        "metrics": result.metrics,
        "controls": controls(plan, result.items, seed),
    }
    dump = json.dumps(finite(text), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(plan.home / SUMMARY, dump + "\n")
    return scores


def controls(plan: Plan, items: Sequence[Item], seed: int) -> dict[str, Any]:
    """What the controls show, as plain values."""
    out: dict[str, Any] = {}
    right = plan.job.suite.rewards[0].name
    for control in plan.job.controls:
        found = controlled(items, GREEDY, control, right, seed)
        if found is not None:
            plain = {k: v for k, v in found._asdict().items() if k != "gain"}
            out[control] = plain | {"gain": as_json(found.gain)}
            if control == "shuffle-options":
                out[control]["consistency"] = as_json(consistency(items, GREEDY, seed=seed))
    return out


def shown(plan: Plan, result: Result, scores: Scores, seconds: float, seed: int) -> None:
    """Print the tables of a checkpoint."""
    way, num = plan.job.way, plan.counts[GREEDY]
    groups = next(iter(scores[GREEDY][ALL].values())).clusters
    together = f" in {groups} groups that share a picture or video" if 1 < groups < num else ""
    how = f", and {way.num} samples at temperature {way.temperature:g}" if way.temperature else ""
    old = (
        f"; {len(result.items) - result.asked} of {len(result.items)} were answered before"
        if result.asked < len(result.items)
        else ""
    )
    show(
        "",
        f"{plan.name} on {plan.suite.replace('_', '-')} ({plan.data}): {num} questions{together}, greedily{how}",
        f"contract {plan.contract}",
        "",
        main_table(plan, scores),
    )
    if SAMPLED in scores:
        show(sampled_table(plan, scores[SAMPLED][ALL]))
    for line in (*metric_lines(result.metrics.get(GREEDY, {})), *control_lines(plan, result.items, seed)):
        show(line)
    show(
        "95 % intervals in brackets: bootstrap over the groups; a dash was not measured",
        f"answers  {plan.home / FILE}",
        f"numbers  {plan.home / SUMMARY}",
        f"took     {seconds:.0f} s{old}",
    )


def main_table(plan: Plan, scores: Scores) -> Any:
    """Greedy answers, a row for each label."""
    greedy = scores[GREEDY]
    rewards = [term.name for term in plan.job.terms()]
    first = f"weighted_{rewards[0]}"
    columns = [name for name in (rewards[0], first, *rewards[1:], "tokens", "cut") if name in greedy[ALL]]
    made = table("greedy", "questions", "num", *columns, right=["num", *columns])
    rows = sorted((label for label in greedy if label != ALL), key=lambda x: -size(greedy[x]))[:KINDS]
    for label in [label for label in greedy if label in rows]:
        made.add_row(label, str(size(greedy[label])), *(cell(greedy[label].get(c), c) for c in columns))
    if rows:
        made.add_section()
    made.add_row(ALL, str(size(greedy[ALL])), *(cell(greedy[ALL].get(c), c) for c in columns))
    return made


def size(of: dict[str, Interval]) -> int:
    """Questions of a row."""
    return max((x.num for x in of.values()), default=0)


def cell(found: Interval | None, name: str) -> str:
    """A mean with its interval; lengths without."""
    if found is None:
        return "-"
    if name in ("tokens", "cut", "thought_tokens"):
        return number(found.value, 2 if name == "cut" else 0)
    if found.low != found.low:
        return number(found.value)
    return f"{found.value:.3f} [{found.low:.2f}, {found.high:.2f}]"


def sampled_table(plan: Plan, found: dict[str, Interval]) -> Any:
    """Samples: means, pass@k and majority@k over all questions."""
    named = [name for name in found if "@" in name or name == plan.job.suite.rewards[0].name]
    made = table(f"{plan.job.way.num} samples", *named, right=named)
    made.add_row(*(cell(found[name], name) for name in named))
    return made


def metric_lines(found: Mapping[str, float]) -> list[str]:
    """The paper's own numbers over the greedy answers; those of single types are in the file."""
    told = [f"{name} {number(value)}" for name, value in found.items() if "/" not in name and value == value]
    return [f"the paper's metrics, greedily: {', '.join(told)}"] if told else []


def control_lines(plan: Plan, items: Sequence[Item], seed: int) -> list[str]:
    """What the controls show, in words."""
    right, lines = plan.job.suite.rewards[0].name, []
    names = {"text-only": ("with pictures", "text alone"), "shuffle-options": ("as given", "options shuffled")}
    for control in plan.job.controls:
        found = controlled(items, GREEDY, control, right, seed)
        if found is None:
            continue
        lines.append(f"control {control}: {worded(found, *names[control], right)}")
        if control == "shuffle-options":
            same = consistency(items, GREEDY, seed=seed)
            lines.append(f"  the same options are named after the shuffle in {cell(same, '')} of them")
        if left := plan.left_out.get(f"{GREEDY}-{control}"):
            lines.append(f"  {left} questions have nothing to {'take away' if control == 'text-only' else 'shuffle'}")
    return lines


def compared(first: tuple[Plan, list[Item]], second: tuple[Plan, list[Item]], seed: int, quiet: bool) -> None:
    """Compare two checkpoints, write ``comparison-<first>.json`` beside the second's numbers, and say what is real."""
    (one, before), (other, after) = first, second
    main = other.job.suite.rewards[0].name
    before, after = ([item for item in items if item.exam in (GREEDY, SAMPLED)] for items in (before, after))
    names = [name for name in rewards_of(after) if name in rewards_of(before)]
    found = compare_items(before, after, names, seed)
    names_of = (one.name, other.name) if one.name != other.name else (str(one.home), str(other.home))
    rows = [c.as_json() for c in found]
    path = other.home / f"comparison-{one.name}.json"
    write_text(path, json.dumps({"first": names_of[0], "second": names_of[1], "rewards": rows}, indent=2) + "\n")
    if quiet:
        return
    show("", f"{names_of[0]} → {names_of[1]} on {other.suite.replace('_', '-')}, question by question")
    for c in found:
        if c.reward == main or c.is_real:
            show(f"  {c.exam}: {worded(c.found, *names_of, c.reward, c.adjusted, c.reward == main)}")
    rest = sum(1 for c in found if c.reward != main and not c.is_real)
    if rest:
        show(f"  no other of {rest} differences is significant")
    show("  p is corrected for all comparisons of this table (Holm)", f"  {path}")


def earlier(plan: Plan, folder: Path, items: list[Item]) -> tuple[Plan, list[Item]]:
    """An earlier evaluation of the same suite as one side of a comparison."""
    return replace(plan, name=folder.name if folder.is_dir() else folder.parent.name, home=folder), items
