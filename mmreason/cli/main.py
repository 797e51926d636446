"""The ``mmreason`` command: finds the subcommand, and turns a user's mistake into one line and an exit code.

Exit codes: 0 done; 1 a check found something wrong; 2 bad input; 75 stopped by a scheduler's signal, and saved; 130
stopped by the user. An unexpected exception is a bug of ours and shows its traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from mmreason.cli.suggest import CommandError, unknown
from mmreason.errors import Elsewhere, MMReasonError
from vision_data.errors import MediaError

BAD_INPUT = 2
STOPPED = 130

COMMANDS = {
    "train": "run a recipe: measure, learn, measure again",
    "eval": "score checkpoints or a server on a suite, with intervals and controls",
    "export": "write a checkpoint as a plain Hugging Face model, with its card",
    "report": "write a run as one HTML page that needs no other file",
    "demo": "look at runs and ask live checkpoints, in the browser",
    "explain": "say what a recipe does, stage by stage, without loading a model",
    "methods": "list every method, with its paper",
    "data": "make a data set, or check one before training on it",
}

HELP = """\
usage: mmreason COMMAND [options]        mmreason COMMAND --help says more

Reinforcement learning post-training for multimodal reasoning models.

commands:
{commands}

examples:
  mmreason train rewardmap --preset tiny          learn to read transit maps on this machine, in minutes
  mmreason eval runs/rewardmap --data transit     score what it learned on maps of cities it has never seen
  mmreason explain rewardmap                      stages, models, probes and rewards of a recipe
  mmreason data check train.jsonl                 records, pictures, prompt lengths, and rewards tried on decoys
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: dispatch(words))


def dispatch(words: list[str]) -> int:
    """Hand the words after the command to its module."""
    if not words or words[0] in ("-h", "--help", "help"):
        lines = "\n".join(f"  {name:9}{text}" for name, text in COMMANDS.items())
        sys.stdout.write(HELP.format(commands=lines))
        return 0 if words else BAD_INPUT
    if words[0] == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"mmreason {version('mmreason')}\n")
        return 0
    if words[0] not in COMMANDS:
        raise CommandError(unknown("command", words[0], COMMANDS))
    command: Callable[[list[str]], int] = import_module(f"mmreason.cli.{words[0]}").command
    return command(words[1:])


def guarded(work: Callable[[], int]) -> int:
    """Run a command; an expected error becomes one line."""
    try:
        return work()
    except SystemExit as stop:  # tyro leaves this way after it has shown the help
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except Elsewhere as error:  # the rank where it happened says it
        return error.code
    except (MMReasonError, MediaError) as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return getattr(error, "code", BAD_INPUT)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return STOPPED
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run_recipe(build: Callable[..., Any]) -> None:
    """Train a recipe from its own file: ``python recipes/rewardmap.py --preset tiny``; ends the process."""
    from mmreason.cli.train import train

    sys.exit(guarded(lambda: train(build, sys.argv[1:], prog=f"python {sys.argv[0]}")))


if __name__ == "__main__":
    sys.exit(main())
