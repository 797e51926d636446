"""Benchmarks from the command line: ``python -m tools.bench learn --rounds 5 --json learn.json``.

Every command exits with 1 and prints no ratio when the two sides did not compute the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from tools.bench.measure import Disagree, Result, table, write


def learn(options: argparse.Namespace) -> list[Result]:
    """The learning phase, packed against plain."""
    from tools.bench.learn import Case
    from tools.bench.learn import learn as measure

    arms: Sequence[Any] = ("full", "frozen", "lora") if options.arm == "all" else (options.arm,)
    return [measure(Case(options.size, options.group, options.tokens, arm), options.rounds) for arm in arms]


def parser() -> argparse.ArgumentParser:
    """All commands; a new one is a function that gives results and its options here."""
    top = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__.splitlines()[-1])
    commands = top.add_subparsers(dest="command", required=True)
    add(commands, "learn", learn, {"size": 448, "group": 8, "tokens": 64}).add_argument(
        "--arm", choices=("full", "frozen", "lora", "all"), default="full", help="what learns"
    )
    return top


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], list[Result]],
    numbers: dict[str, int],
) -> argparse.ArgumentParser:
    """Add a command with whole-number options and those that all commands share."""
    command = commands.add_parser(name, help=run.__doc__)
    command.set_defaults(run=run)
    for option, default in {**numbers, "rounds": 5, "threads": 2}.items():
        command.add_argument(f"--{option}", type=int, default=default, metavar="N", help=f"default {default}")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results here too")
    return command


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command."""
    options = parser().parse_args(argv)
    torch.set_num_threads(options.threads)
    try:
        results = options.run(options)
    except Disagree as error:
        print(error, file=sys.stderr)
        return 1
    print(table(results))
    if options.json:
        write(options.json, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
