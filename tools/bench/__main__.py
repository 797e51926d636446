"""Benchmarks from the command line: ``python -m tools.bench learn --against trl --json learn.json``.

Every command exits with 1 and prints no ratio when the two sides did not compute the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from tools.bench.cases import ARMS, Case
from tools.bench.measure import Disagree, Result, table, write
from tools.bench.suites import LEARN, MEMORY, STEP

Outcome = tuple[str, list[Any]]
"""What to print, and what to write."""


def learn(options: argparse.Namespace) -> Outcome:
    """Everything after the rollout, on the same completions."""
    from tools.bench.learn import learn as measure

    return compared(options, LEARN, lambda case, micro: measure(case, options.rounds, options.against, micro))


def step(options: argparse.Namespace) -> Outcome:
    """Whole steps, each side with its own sampler."""
    from tools.bench.learn import step as measure

    return compared(options, STEP, lambda case, micro: measure(case, options.rounds, micro))


def memory(options: argparse.Namespace) -> Outcome:
    """Peak memory of the learning phase against TRL."""
    from tools.bench.memory import memory as measure

    return compared(options, MEMORY, measure)


def score(options: argparse.Namespace) -> Outcome:
    """What a step's probes ask of a model, in one call, against one plain forward per row."""
    from tools.bench.score import score as measure

    return compared(options, (), lambda case, _: measure(case, options.rounds))


def rollout(options: argparse.Namespace) -> Outcome:
    """Sampling, against transformers' generate with the prompt once per completion."""
    from tools.bench.rollout import CASES
    from tools.bench.rollout import rollout as measure

    found = [measure(case, options.rounds) for case in CASES]
    return table(found), found


def video(options: argparse.Namespace) -> Outcome:
    """Reading videos: against qwen-vl-utils, ahead of the step, and what memory many of them leave taken."""
    from tools.bench.video import CASES
    from tools.bench.video import video as measure
    from tools.bench.video_memory import grown

    if options.memory:
        growth = grown(options.memory)
        return str(growth), [growth]
    found = [measure(case, options.rounds) for case in CASES[options.against]]
    return table(found), found


def rewards(options: argparse.Namespace) -> Outcome:
    """Seconds of every reward term for 4,096 completions."""
    from tools.bench.rewards import rewards as measure
    from tools.bench.rewards import told

    timings = measure(rounds=options.rounds)
    return told(timings), timings


def scale(options: argparse.Namespace) -> Outcome:
    """How the cost of our step grows."""
    from tools.bench.scale import per_token
    from tools.bench.scale import scale as measure

    found: list[Any] = measure(options.rounds, options.axis or ())
    if not options.axis:
        found.append(per_token(options.rounds))
    return "\n".join(map(str, found)), found


def compared(
    options: argparse.Namespace, suite: Sequence[Case], measure: Callable[[Case, int | None], Result]
) -> Outcome:
    """One case made of the options, or the whole suite; TRL at each micro-batch that was asked for."""
    given = {f.name: v for f in fields(Case) if (v := getattr(options, f.name, None)) is not None}
    arms = [{"arm": arm} for arm in ARMS] if given.get("arm") == "all" else [{}]
    cases = list(suite) if options.suite else [Case(**given | arm) for arm in arms]
    found = []
    for case in cases:
        for micro in micros(options, case):
            found.append(measure(case, micro))
            print(table(found[-1:]), file=sys.stderr, flush=True)
    return table(found), found


def micros(options: argparse.Namespace, case: Case) -> list[int | None]:
    """Rows of TRL's micro-batches: all at once and half of them, one of which is its best here, or what was asked."""
    if getattr(options, "against", "trl") != "trl" or options.command == "score":
        return [None]
    rows = case.groups * case.num
    return options.micro or [rows, rows // 2]


def parser() -> argparse.ArgumentParser:
    """All commands; a new one is a function that gives what to print and to write, and its options here."""
    top = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__.splitlines()[-1])
    commands = top.add_subparsers(dest="command", required=True)
    for run in (learn, step, memory, score):
        case_options(add(commands, run))
    for run in (rollout, rewards):
        add(commands, run)
    films = add(commands, video)
    films.add_argument("--against", choices=("qwen_vl_utils", "waiting"), help="the other side; default both")
    films.add_argument("--memory", type=int, metavar="NUM", help="instead, memory after reading so many videos")
    add(commands, scale).add_argument("--axis", action="append", help="begin of an axis's name; may be repeated")
    return top


def add(commands: Any, run: Callable[[argparse.Namespace], Outcome]) -> argparse.ArgumentParser:
    """Add a command with the options that all share."""
    command: argparse.ArgumentParser = commands.add_parser(run.__name__, help=run.__doc__)
    command.set_defaults(run=run)
    command.add_argument("--rounds", type=int, default=5, help="measured pairs of runs; default 5")
    command.add_argument("--threads", type=int, default=2, help="default 2")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results here too")
    return command


def case_options(command: argparse.ArgumentParser) -> None:
    """What a case is made of."""
    if command.prog.endswith("learn"):
        command.add_argument("--against", choices=("plain", "trl"), default="plain", help="the other side")
    command.add_argument("--suite", action="store_true", help="all cases of docs/performance.md instead of one")
    command.add_argument("--micro", type=int, action="append", help="rows of TRL's micro-batch; may be repeated")
    command.add_argument("--arm", choices=(*ARMS, "all"), help="what learns")
    for name in ("images", "frames", "size", "words", "num", "tokens", "groups", "layers"):
        command.add_argument(f"--{name}", type=int, help=f"default {getattr(Case, name)}")
    command.add_argument("--kl", type=float, help="coefficient of the KL to a frozen reference; default 0")
    command.add_argument("--model", help="default mmreason-tiny")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    options = parser().parse_args(argv)
    torch.set_num_threads(options.threads)
    try:
        text, results = options.run(options)
    except Disagree as error:
        print(error, file=sys.stderr)
        return 1
    print(text)
    if options.json:
        write(options.json, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
