"""``mmreason data make | check | inspect | convert``: draws data sets, looks into them, brings them into our form."""

from __future__ import annotations

import sys
from collections.abc import Callable

from mmreason.cli.makers import MAKERS
from mmreason.cli.options import Options, parse
from mmreason.cli.suggest import CommandError, unknown

HELP = """\
usage: mmreason data make NAME --out FOLDER [options]
       mmreason data check PATH [options]
       mmreason data inspect PATH [options]
       mmreason data convert PATH OUT [options]

  make transit   transit maps with questions of all ReasonMap types, answers and reference plans
  make shapes    coloured shapes to be counted, with boxes
  make scenes    rooms, streets and parks: what stands where, with boxes
  make charts    charts with their table and code, and whether code could answer
  make geometry  figures with a numeric answer and the steps to it
  make gui       phone screens with a task and the next action
  make pairs     a prompt and two renderings, one with faults
  make physics   videos of colliding objects: what happened, why, what if
  make kitchen   videos of a cook at work: what comes next
  make sudoku, countdown, string_composition, random_calculation, word_problems, ...
                 text tasks with exact verifiers; a name that is none lists what is near
  check          read every record, open every picture, try the rewards on the gold answer and on decoys,
                 and measure the prompts against the model's context
  inspect        schema, counts, broken records and answer statistics of any known format, and a contact sheet
  convert        write our JSONL with its media from any known format
"""


def command(words: list[str]) -> int:
    """Hand the words to a subcommand."""
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if words else 2
    if words[0] == "check":
        from mmreason.cli.check_data import command as check

        return check(words[1:])
    if words[0] == "inspect":
        from mmreason.cli.data_inspect import command as inspect

        return inspect(words[1:])
    if words[0] == "convert":
        from mmreason.cli.data_convert import command as convert

        return convert(words[1:])
    if words[0] != "make":
        raise CommandError(unknown("data command", words[0], ["make", "check", "inspect", "convert"]))
    return make(words[1:])


def make(words: list[str]) -> int:
    """Draw a data set."""
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if words else 2
    maker = MAKERS.get(words[0]) or text_maker(words[0])
    about = (maker.__doc__ or "").partition("\n")[0]
    (given,) = parse([Options(words[0], maker)], words[1:], f"mmreason data make {words[0]}", about)
    if given["num"] < 1:
        raise CommandError(f"--num: expected at least 1, got {given['num']}")
    maker(**given)
    return 0


def text_maker(name: str) -> Callable[..., None]:
    """Give what draws a text data set; its module is only loaded when it is asked for, for it needs torch.

    Raises:
        CommandError: there is no data set of this name.
    """
    from mmreason.cli.text_makers import TEXT_MAKERS

    if name not in TEXT_MAKERS:
        raise CommandError(unknown("data set", name, [*MAKERS, *TEXT_MAKERS]))
    return TEXT_MAKERS[name]
