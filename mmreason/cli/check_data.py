"""``mmreason data check FILE``: what is wrong with a data set, told before it costs GPU hours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import number, progress_bar, show, table
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from mmreason.cli.measure_prompts import Prompts
    from mmreason.cli.probe_data import Findings

SHOWN = 20
"""Bad records that are listed on the screen; ``--json`` has all of them."""


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What is checked.

    Args:
        path: file or folder of any format that ``mmreason data inspect`` knows.
        recipe: the recipe whose way of reading, rewards, model and lengths are tried; without it the file is read by
            its own format, and ReasonMap records for rewardmap.
        preset: preset of the recipe.
        model: checkpoint whose processor and context the prompts are measured with; none leaves this out. Without it
            that of the recipe, or mmreason-tiny.
        measure: prompts to measure, spread evenly over the file; 0 measures all.
        question: which form of ReasonMap's planning questions is read.
        format: name of the data format, or auto.
        root: folder of the media, outside of which nothing is opened; without it the folder of the file.
        outside: open media outside the root too.
        boxes: what boxes are counted in, where the format does not say.
        json: also write the report to this file.
    """

    path: str
    recipe: str | None = None
    preset: str = "tiny"
    model: str | None = None
    measure: int = 200
    question: Literal["short", "long"] = "short"
    format: str = "auto"
    root: Path | None = None
    outside: bool = False
    boxes: Literal["original", "resized", "unit", "thousand", "none"] | None = None
    json: Path | None = None


def command(words: list[str]) -> int:
    """Check a data set; 1 where something in it is wrong."""
    about = "Read every record, open every picture, try the rewards, measure the prompts. Exit code 1: found something."
    groups = [Options("check", CheckOptions, first={"path": "PATH"})]
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
    from mmreason.cli.measure_prompts import measure
    from mmreason.cli.preflight import preflight
    from mmreason.cli.probe_data import read, try_rewards

    plan = preflight(options)
    with progress_bar("reading", None, "records") as told:
        found = read(plan, told)
    try_rewards(found)
    tasks = [checked.task for checked in found.good]
    if plan.policy is not None and tasks:
        every = len(tasks) if options.measure == 0 else options.measure
        with progress_bar("measuring", min(every, len(tasks)), "prompts") as told:
            found.prompts = measure(plan, tasks, every, told)
    return found


def tell(found: Findings, options: CheckOptions) -> None:
    """Print the report."""
    kinds = table("records", "type", "num", right=("num",))
    for kind, num in sorted(found.kinds().items()):
        kinds.add_row(kind, str(num))
    media = ", ".join(
        f"{num} different {what[: -1 if num == 1 else None]}" for what, num in found.media().items() if num
    )
    show(f"{options.path}: {len(found.good)} good records, {len(found.bad)} bad, {media or 'no media'}", kinds)
    listed("bad", [record.reason for record in found.bad])
    if found.trials:
        show(rewards_table(found))
    listed("wrong", found.wrong)
    if found.prompts:
        tell_prompts(found.prompts)
    problems = found.problems()
    show(f"found: {'; '.join(problems)}" if problems else "all is well")


def listed(what: str, lines: Sequence[str]) -> None:
    """Print the first of many lines."""
    for line in lines[:SHOWN]:
        show(f"{what}: {line}")
    if len(lines) > SHOWN:
        show(f"... and {len(lines) - SHOWN} more; --json lists all")


def rewards_table(found: Findings) -> Any:
    """Mean of each reward for the gold answer and for each decoy."""
    from mmreason.cli.probe_data import ANSWERS

    made = table("rewards tried: mean over the records", "reward", *ANSWERS, right=ANSWERS)
    for name, means in found.means().items():
        made.add_row(name, *(number(means[answer]) for answer in ANSWERS))
    for name in found.untried:
        made.add_row(f"{name} (needs a model or a rollout: not tried)", *("-" for _ in ANSWERS))
    return made


def tell_prompts(prompts: Prompts) -> None:
    """How long prompts are, what does not fit, and the memory that learning takes."""
    from mmreason.models.memory import written

    names = ("num", "shortest", "median", "95 %", "longest", "context")
    some = f" ({prompts.num} of {prompts.total} measured)" if prompts.num < prompts.total else ""
    made = table(f"prompt tokens with {prompts.model}{some}", "", *names, right=names)
    made.add_row("whole prompt", str(prompts.num), *map(str, prompts.tokens), str(prompts.context))
    made.add_row("of it media", "", *map(str, prompts.media), "")
    show(made)
    answer = f" and {prompts.limit} for the completion" if prompts.limit else ""
    end = f"{answer}, the model's context has {prompts.context}"
    listed("too long", [f"{where}: {num} tokens{end}" for where, num in prompts.too_long])
    end = f"{answer}, the token budget (Policy.budget) is {prompts.budget}"
    listed("over budget", [f"{where}: {num} tokens{end}" for where, num in prompts.over_budget])
    memory = prompts.memory
    told = ", ".join(f"{name} {written(num)}" for name, num in asdict(memory).items() if num)
    show(f"memory   about {written(memory.total)} on one device: {told}")
