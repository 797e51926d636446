"""Write geometry figures and records to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.geometry.problem import make_problem
from vision_data.generators.geometry.questions import questions
from vision_data.generators.geometry.render import render
from vision_data.generators.geometry.spec import FAMILIES, known
from vision_data.generators.seeds import derive


def write_dataset(
    out: Path,
    num: int,
    seed: int,
    split: str = "train",
    families: Sequence[str] = FAMILIES,
    steps: tuple[int, int] = (1, 3),
    size: int = 336,
    numbers: str = "figure",
    choices: bool = False,
    boxed: bool = True,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `images/*.png` and `records.jsonl` (`image` relative to `out`), and give the path of the latter.

    Problem number i depends on `seed` and i only, and is of family i of `families`, in turn. `id` and `problem_seed`
    (for `make_problem`) are added.

    Args:
        out: folder to create; it is moved into place when everything is written.
        num: how many problems.
        seed: any whole number.
        split: see `make_problem`.
        families: kinds of figures, taken in turn.
        steps: see `make_problem`.
        size: see `make_problem`.
        numbers: see `make_problem`.
        choices: see `questions`.
        boxed: see `questions`.
        progress: called with the number of problems done, after each.
        overwrite: replace a folder that exists; otherwise only an empty one is.

    Raises:
        MediaError: an argument is out of range, or `out` exists and is not empty.
    """
    for family in families:
        known("family", family, FAMILIES)
    if num < 1 or not families:
        raise MediaError(
            f"geometry data set: needs at least one problem and one family, got num {num} and families {list(families)}"
        )
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        (folder / "images").mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num):
                family, problem_seed = families[index % len(families)], derive("dataset", seed, index)
                problem = make_problem(problem_seed, split, family, steps, size, numbers)
                image = f"images/{index:05d}.png"
                render(problem).save(folder / image)
                for record in questions(problem, choices, boxed):
                    added = {"id": f"{split}-{family}-{index:05d}", "image": image, "problem_seed": problem_seed}
                    file.write(json.dumps(record | added, ensure_ascii=False) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"
