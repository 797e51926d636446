"""``mmreason data check FILE``: what is wrong with a data set, told before it costs GPU hours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import number, progress_bar, show, table
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from mmreason.cli.probe_data import Findings, Lengths

SHOWN = 20
"""Bad records that are listed on the screen; ``--json`` has all of them."""


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What is checked.

    Args:
        path: JSONL or JSON file of ReasonMap(-Plus) records, or of tasks with prompt, images and answer.
        recipe: the recipe whose reward terms are tried.
        model: checkpoint whose processor and context the prompts are measured with; none leaves this out.
        measure: prompts to measure, spread evenly over the file; 0 measures all.
        question: which form of planning questions is read.
        json: also write the report to this file.
    """

    path: str
    recipe: str = "rewardmap"
    model: str = "mmreason-tiny"
    measure: int = 200
    question: Literal["short", "long"] = "short"
    json: Path | None = None


def command(words: list[str]) -> int:
    """Check a data set; 1 where something in it is wrong."""
    about = "Read every record, open every picture, try the rewards, measure the prompts. Exit code 1: found something."
    groups = [Options("check", CheckOptions, first={"path": "FILE"})]
    (given,) = parse(groups, words, "mmreason data check", about)
    options = CheckOptions(**given)
    if options.measure < 0:
        raise CommandError(f"--measure: expected 0 or more, got {options.measure}")
    found = look(options)
    tell(found, options)
    if options.json is not None:
        from mmreason.runs.atomic import write_text

        write_text(options.json, json.dumps(found.report(), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        show(f"report   {options.json}")
    return int(bool(found.problems()))


def look(options: CheckOptions) -> Findings:
    """Read, try, measure."""
    from mmreason.cli.probe_data import count_records, measure, read, terms_of, try_rewards
    from mmreason.cli.reading import reader_for
    from mmreason.models.loading import load_config

    spec = reader_for(options.path, options.question)
    terms = terms_of(spec, options.recipe)
    if options.model != "none":
        load_config(options.model)
    with progress_bar("reading", count_records(options.path), "records") as told:
        found = read(spec, told)
    try_rewards(found, terms)
    if options.model != "none" and found.tasks:
        every = len(found.tasks) if options.measure == 0 else options.measure
        with progress_bar("measuring", min(every, len(found.tasks)), "prompts") as told:
            found.lengths = measure(found, options.model, every, told)
    return found


def tell(found: Findings, options: CheckOptions) -> None:
    """Print the report."""
    kinds = table("records", "type", "num", right=("num",))
    for kind, num in sorted(found.kinds().items()):
        kinds.add_row(kind, str(num))
    good, bad = len(found.tasks), len(found.bad)
    show(f"{options.path}: {good} good records, {bad} bad, {found.num_pictures} different pictures", kinds)
    for record in found.bad[:SHOWN]:
        show(f"bad: {record.reason}")
    if len(found.bad) > SHOWN:
        show(f"... and {len(found.bad) - SHOWN} more; --json lists all")
    if found.trials:
        show(rewards_table(found))
    for line in found.wrong[:SHOWN]:
        show(f"wrong: {line}")
    if len(found.wrong) > SHOWN:
        show(f"... and {len(found.wrong) - SHOWN} more; --json lists all")
    if found.lengths:
        show(lengths_table(found.lengths, options.model))
        for where, num in found.lengths.too_long[:SHOWN]:
            show(f"too long: {where}: {num} tokens, the model's context has {found.lengths.context}")
    problems = found.problems()
    show(f"found: {'; '.join(problems)}" if problems else "all is well")


def rewards_table(found: Findings) -> Any:
    """Mean of each reward for the gold answer and for each decoy."""
    from mmreason.cli.probe_data import ANSWERS

    made = table("rewards tried: mean over the records", "reward", *ANSWERS, right=ANSWERS)
    for name, means in found.means().items():
        made.add_row(name, *(number(means[answer]) for answer in ANSWERS))
    for name in found.untried:
        made.add_row(f"{name} (asks a model: not tried)", *("-" for _ in ANSWERS))
    return made


def lengths_table(lengths: Lengths, model: str) -> Any:
    """How long prompts are."""
    names = ("num", "shortest", "median", "95 %", "longest", "context")
    some = f" ({lengths.num} of {lengths.total} measured)" if lengths.num < lengths.total else ""
    made = table(f"prompt tokens with {model}{some}", "", *names, right=names)
    made.add_row("whole prompt", str(lengths.num), *map(str, lengths.tokens), str(lengths.context))
    made.add_row("of it pictures", "", *map(str, lengths.media), "")
    return made
