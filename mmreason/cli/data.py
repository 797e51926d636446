"""``mmreason data make | check``: draws data sets, and looks for what is wrong with one before training on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mmreason.cli.options import Options, parse
from mmreason.cli.screen import progress_bar, show
from mmreason.cli.suggest import CommandError, unknown

HELP = """\
usage: mmreason data make transit|shapes --out FOLDER [options]
       mmreason data check FILE.jsonl [options]

  make transit   transit maps with questions of all ReasonMap types, answers and reference plans
  make shapes    coloured shapes to be counted, with boxes
  check          read every record, open every picture, try the rewards on the gold answer and on decoys,
                 and measure the prompts against the model's context
"""


def make_transit(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    level: Literal["tiny", "easy", "middle", "hard"] = "tiny",
    split: Literal["train", "test"] = "train",
    per_type: int = 1,
    overwrite: bool = False,
) -> None:
    """Transit maps with questions.

    Args:
        out: folder to write; it appears when everything is there.
        num: maps to draw.
        seed: of the maps and questions; map number i is the same however many are drawn.
        level: size of the maps, from a handful of lettered stations to over a hundred.
        split: train and test share no city.
        per_type: questions of each type on a map.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.transit import write_dataset

    with progress_bar("drawing", num, "maps") as tell:
        path = write_dataset(out, num, seed, level, split, per_type=per_type, progress=tell, overwrite=overwrite)
    written(path)


def make_shapes(
    *,
    out: Path,
    num: int = 100,
    seed: int = 0,
    size: int = 112,
    fewest: int = 1,
    most: int = 6,
    split: Literal["train", "test"] = "train",
    per_scene: int = 2,
    overwrite: bool = False,
) -> None:
    """Coloured shapes with counting questions.

    Args:
        out: folder to write; it appears when everything is there.
        num: pictures to draw.
        seed: of the pictures and questions.
        size: side of a picture in pixels.
        fewest: fewest shapes in a picture.
        most: most shapes in a picture.
        split: train and test share no scene.
        per_scene: questions about each picture.
        overwrite: replace the folder if it exists.
    """
    from vision_data.generators.shapes import write_dataset

    with progress_bar("drawing", num, "pictures") as tell:
        path = write_dataset(out, num, seed, size, (fewest, most), split, per_scene, progress=tell, overwrite=overwrite)
    as_tasks(path)
    written(path)


def as_tasks(path: Path) -> None:
    """Add the fields by which our own reader finds prompt and picture; those of the generator stay."""
    from mmreason.runs.atomic import write_text

    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        record |= {"prompt": f"<image>\n{record['question']}", "images": [record["figure"]]}
        lines.append(json.dumps(record) + "\n")
    write_text(path, "".join(lines))


def written(path: Path) -> None:
    """Say what there is now."""
    with path.open(encoding="utf-8") as file:
        num = sum(1 for _ in file)
    show(f"{num} records in {path}", f"check them with: mmreason data check {path}")


MAKERS: dict[str, Callable[..., None]] = {"transit": make_transit, "shapes": make_shapes}


def command(words: list[str]) -> int:
    """Hand the words to ``make`` or ``check``."""
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if words else 2
    if words[0] == "check":
        from mmreason.cli.check_data import command as check

        return check(words[1:])
    if words[0] != "make":
        raise CommandError(unknown("data command", words[0], ["make", "check"]))
    return make(words[1:])


def make(words: list[str]) -> int:
    """Draw a data set."""
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if words else 2
    if words[0] not in MAKERS:
        raise CommandError(unknown("data set", words[0], MAKERS))
    maker = MAKERS[words[0]]
    about = (maker.__doc__ or "").partition("\n")[0]
    (given,) = parse([Options(words[0], maker)], words[1:], f"mmreason data make {words[0]}", about)
    if given["num"] < 1:
        raise CommandError(f"--num: expected at least 1, got {given['num']}")
    maker(**given)
    return 0
