"""``mmreason eval CHECKPOINT ... --suite NAME``: scores checkpoints or a server, and says what is significant."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import hush_libraries, progress_bar, show
from mmreason.cli.suggest import CommandError, unknown

if TYPE_CHECKING:
    from mmreason.cli.eval_plan import Plan
    from mmreason.evaluation.items import Item

DRAWN = "transit"
"""What ``--data`` says for maps that are drawn for the occasion."""


@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """Who is asked, what, and how it is answered.

    Args:
        checkpoint: runs (their newest checkpoint), checkpoint folders, mmreason-tiny, or hub ids (owner/name); of
            several, each is compared with the first.
        suite: questions and what counts; if not given, what the checkpoint was trained for, or what the data look
            like. mmreason eval --suites lists them.
        suites: list the suites.
        data: file or folder of the suite's real data; without it a world is drawn that no training has seen. transit
            draws maps as --maps and --level say.
        num: samples of each question.
        temperature: of the samples; 0 answers greedily only.
        top_p: of the samples.
        limit: longest answer in tokens; if not given, what the checkpoint was trained with or is told to write at most.
        max_tasks: score only the first so many questions.
        control: ask again without pictures (text-only), or with the options in another order (shuffle-options).
        against: folder of an earlier evaluation to compare with.
        server: address of an OpenAI-compatible server to ask in place of a checkpoint, such as
            http://localhost:8000/v1; its key is read from the environment.
        model: the server's name for the model.
        key_env: environment variable with the server's key.
        judge: checkpoint that judges or listens, or with --judge-server the name that the server knows.
        judge_server: address of an OpenAI-compatible server that judges or listens.
        question: which form of ReasonMap's planning questions is asked.
        draw: how many questions (or maps) are drawn, where a world is drawn.
        world: which world is drawn, where a suite has several: kitchens for seed-bench-r1, collisions for clevrer and
            mmvu.
        maps: maps to draw for --data transit.
        level: of the maps drawn for --data transit.
        min_pixels: fewest pixels of a picture, if not the checkpoint's.
        max_pixels: most pixels of a picture, if not the checkpoint's.
        no_contract: leave the checkpoint's mmreason_eval.json aside.
        on_bad_record: what a record that cannot be used does.
        seed: of the samples, the drawn worlds, the shuffles and the intervals.
        out: folder for the results; runs/eval/<checkpoint>-<suite> if not given. What was answered there is not asked
            again.
        fresh: forget what was answered there.
        inspect_log: also write a log that `inspect view` opens, .eval or .json.
        device: auto, cpu or cuda.
        dtype: of the weights.
        quiet: print errors only.
    """

    checkpoint: tuple[str, ...] = ()
    suite: str | None = None
    suites: bool = False
    data: str | None = None
    num: int = 4
    temperature: float = 1.0
    top_p: float = 1.0
    limit: int | None = None
    max_tasks: int | None = None
    control: tuple[Literal["text-only", "shuffle-options"], ...] = ()
    against: Path | None = None
    server: str | None = None
    model: str | None = None
    key_env: str = "OPENAI_API_KEY"
    judge: str | None = None
    judge_server: str | None = None
    question: Literal["short", "long"] = "short"
    draw: int | None = None
    world: str | None = None
    maps: int = 20
    level: Literal["tiny", "easy", "middle", "hard"] = "tiny"
    min_pixels: int | None = None
    max_pixels: int | None = None
    no_contract: bool = False
    on_bad_record: Literal["stop", "skip"] = "stop"
    seed: int = 0
    out: Path | None = None
    fresh: bool = False
    inspect_log: Path | None = None
    device: str = "auto"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    quiet: bool = False

    def check(self) -> None:
        """Refuse numbers out of range, and options that need each other.

        Raises:
            CommandError: naming the option.
        """
        for name in ("num", "maps", "limit", "max_tasks", "draw", "min_pixels", "max_pixels"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise CommandError(f"--{name.replace('_', '-')}: expected at least 1, got {value}")
        if not 0 <= self.temperature < float("inf"):
            raise CommandError(f"--temperature: expected 0 or more, got {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise CommandError(f"--top-p: expected above 0 and up to 1, got {self.top_p}")
        if bool(self.server) != bool(self.model):
            raise CommandError("--server URL and --model NAME go together")
        if self.judge_server and not self.judge:
            raise CommandError("--judge-server needs --judge, the name that the server knows")
        if not self.checkpoint and not self.server:
            raise CommandError("CHECKPOINT is required, or --server URL --model NAME; see mmreason eval --help")
        if self.inspect_log is not None and len(self.checkpoint) + bool(self.server) > 1:
            raise CommandError("--inspect-log: one log holds one checkpoint; evaluate them one by one")


def command(words: list[str]) -> int:
    """Score checkpoints."""
    about = (
        "Score checkpoints on a suite: accuracy with intervals, pass@k, majority, the paper's metrics, controls, and "
        "which differences are real."
    )
    groups = [Options("eval", EvalOptions, first={"checkpoint": "CHECKPOINT"})]
    (given,) = parse(groups, words, "mmreason eval", about)
    options = EvalOptions(**given)
    if options.suites:
        listing()
        return 0
    options.check()
    return score(options)


def listing() -> None:
    """Print the suites."""
    from mmreason.cli.screen import table
    from mmreason.evaluation.suite import find, names

    made = table("", "suite", "what is asked")
    for name in names():
        made.add_row(name.replace("_", "-"), find(name).about)
    show(made)


def score(options: EvalOptions) -> int:
    """Find everybody who is asked, answer, write, print, compare; 1 where a server left questions unanswered."""
    from mmreason.cli.eval_plan import plans
    from mmreason.cli.eval_screen import compared, earlier
    from mmreason.evaluation.items import read_items

    if options.inspect_log is not None:
        from mmreason.evaluation.inspect_log import can_write

        can_write(options.inspect_log)
    before = None if options.against is None else read_items(options.against)
    done: list[tuple[Plan, list[Item]]] = []
    missing = 0
    for plan in list(plans(options)):  # what is wrong with any of them is said before the first is asked
        items, unanswered = answered(plan, options)
        missing += unanswered
        done.append((plan, items))
    for plan, items in done[1:]:
        compared(done[0], (plan, items), options.seed, options.quiet)
    if before is not None and options.against is not None:
        for plan, items in done:
            compared(earlier(plan, options.against, before), (plan, items), options.seed, options.quiet)
    if missing:
        sys.stderr.write(f"{missing} questions were not answered; run the same command again to ask them\n")
    return int(missing > 0)


def answered(plan: Plan, options: EvalOptions) -> tuple[list[Item], int]:
    """Ask one checkpoint, write its files, and show the numbers; gives the answers, and how many are missing."""
    from mmreason.cli.eval_screen import shown, written
    from mmreason.evaluation.kept import settle_folder
    from mmreason.evaluation.scoring import evaluate

    for warning in plan.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    total = sum(plan.counts.values())
    settle_folder(plan.home, plan.settings, options.fresh)
    hush_libraries()
    start = time.monotonic()
    with progress_bar(plan.name, total, "answered", options.quiet) as tell:
        result = evaluate(plan.job, plan.home, tell)
    scores = written(plan, result, options.seed)
    if options.inspect_log is not None:
        from mmreason.evaluation.inspect_log import write_log

        write_log(plan.home, options.inspect_log)
    if not options.quiet:
        shown(plan, result, scores, time.monotonic() - start, options.seed)
        if options.inspect_log is not None:
            show(f"inspect  inspect view --log-dir {options.inspect_log.parent}")
    return result.items, result.missing


def suite_named(word: str) -> str:
    """Give the name of a suite.

    Raises:
        CommandError: there is none of that name.
    """
    from mmreason.evaluation.suite import names

    name = word.replace("-", "_")
    if name not in names():
        raise CommandError(unknown("suite", word, [n.replace("_", "-") for n in names()]))
    return name
