"""``mmreason eval CHECKPOINT --data ...``: scores any checkpoint, sampled and greedily."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import hush_libraries, number, progress_bar, show, table
from mmreason.cli.suggest import CommandError

if TYPE_CHECKING:
    from mmreason.data.sources import TaskSpec
    from mmreason.evaluate import Judged

DRAWN = "transit"
"""What ``--data`` says for maps that are drawn for the occasion."""


@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """What is asked, and how it is answered.

    Args:
        checkpoint: a run (its newest checkpoint), a checkpoint folder, mmreason-tiny, or a hub id (owner/name).
        data: JSONL of ReasonMap or ReasonMap-Plus records, or of tasks; or transit, for maps drawn for the occasion.
        num: samples of each question.
        temperature: of the samples; 0 answers greedily only.
        limit: longest answer in tokens; if not given, what the checkpoint's generation_config says, or up to 2048.
        max_tasks: score only the first so many questions.
        question: which form of planning questions is asked.
        maps: maps to draw for transit.
        level: of the drawn maps.
        seed: of the samples and the drawn maps.
        out: folder for eval.jsonl and summary.json; runs/eval/<checkpoint>-<data> if not given.
        device: auto, cpu or cuda.
        dtype: of the weights.
        quiet: print errors only.
    """

    checkpoint: str
    data: str
    num: int = 4
    temperature: float = 1.0
    limit: int | None = None
    max_tasks: int | None = None
    question: Literal["short", "long"] = "short"
    maps: int = 20
    level: Literal["tiny", "easy", "middle", "hard"] = "tiny"
    seed: int = 0
    out: Path | None = None
    device: str = "auto"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    quiet: bool = False

    def check(self) -> None:
        """Refuse numbers out of range.

        Raises:
            CommandError: naming the option.
        """
        for name in ("num", "maps", "limit", "max_tasks"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise CommandError(f"--{name.replace('_', '-')}: expected at least 1, got {value}")
        if not self.temperature >= 0:
            raise CommandError(f"--temperature: expected 0 or more, got {self.temperature}")


def command(words: list[str]) -> int:
    """Score a checkpoint."""
    about = "Score a checkpoint on a data set: accuracy by question type, map score, pass@k, sampled and greedily."
    groups = [Options("eval", EvalOptions, first={"checkpoint": "CHECKPOINT"})]
    (given,) = parse(groups, words, "mmreason eval", about)
    options = EvalOptions(**given)
    options.check()
    score(options)
    return 0


def score(options: EvalOptions) -> None:
    """Find the model, answer, write, print."""
    from mmreason.cli.checkpoints import find_checkpoint, label, longest_answer, split_adapter
    from mmreason.evaluate import Way, evaluate
    from mmreason.models.loading import load_config
    from mmreason.models.specs import Policy

    found = find_checkpoint(options.checkpoint)
    model, lora, adapter = split_adapter(found)
    load_config(model)
    limit = options.limit or longest_answer(model)
    name = f"{label(options.checkpoint, found)}-{Path(options.data).stem}"
    home = options.out or Path("runs") / "eval" / name
    tasks = tasks_for(options)
    total = len(tasks.load_tasks(home)[0]) * (2 if options.temperature > 0 else 1)
    policy = Policy(model=model, dtype=options.dtype, device=options.device, lora=lora)
    way = Way(num=options.num, temperature=options.temperature, limit=limit, seed=options.seed)
    hush_libraries()
    start = time.monotonic()
    with progress_bar("scoring", total, "answered", options.quiet) as tell:
        rows = evaluate(policy, tasks, home, way, adapter, tell)
    settings = {"checkpoint": found, "data": options.data, "num": options.num, "temperature": options.temperature}
    settings |= {"limit": limit, "seed": options.seed, "seconds": round(time.monotonic() - start, 1)}
    write(home, rows, settings)
    if not options.quiet:
        how = f"{options.num} samples at temperature {options.temperature:g}, and " if options.temperature else ""
        show("", f"{found} on {options.data}: {how}greedy", scores(rows, options.num))
        show(f"answers  {home / 'eval.jsonl'}", f"numbers  {home / 'summary.json'}")


def tasks_for(options: EvalOptions) -> TaskSpec:
    """Say where the questions come from."""
    from mmreason.cli.reading import reader_for
    from mmreason.data.transit import TransitMaps
    from mmreason.evaluate import First

    spec: TaskSpec
    if options.data == DRAWN:
        spec = TransitMaps(options.maps, options.seed, options.level, "test")
    else:
        spec = reader_for(options.data, options.question)
    return spec if options.max_tasks is None else First(spec, options.max_tasks)


def write(home: Path, rows: Sequence[Judged], settings: dict[str, Any]) -> None:
    """Write every answer and the numbers; each file is whole or not there."""
    from mmreason.evaluate import summarise
    from mmreason.runs.atomic import write_text

    write_text(home / "eval.jsonl", "".join(row.line() + "\n" for row in rows))
    text = json.dumps(settings | {"scores": summarise(rows)}, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(home / "summary.json", text + "\n")


def scores(rows: Sequence[Judged], num: int) -> Any:
    """The numbers by question type as a table."""
    from mmreason.evaluate import summarise

    found = summarise(rows)
    columns = {
        "accuracy": "accuracy",
        "weighted_accuracy": "weighted",
        "pass": f"pass@{num}",
        "greedy": "greedy",
        "greedy_weighted": "greedy weighted",
        "greedy_map_score": "map score",
    }
    present = {k: text for k, text in columns.items() if any(k in numbers for numbers in found.values())}
    names = ["num", *present.values()]
    made = table("", "questions", *names, right=names)
    for name in [*(kind for kind in found if kind != "all"), "all"]:
        if name == "all":
            made.add_section()
        made.add_row(name, f"{found[name]['num']:.0f}", *(number(found[name].get(key)) for key in present))
    return made
