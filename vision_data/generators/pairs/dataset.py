"""Write preference pairs to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.pairs.faults import ALL_FAULTS
from vision_data.generators.pairs.pair import make_pair
from vision_data.generators.pairs.picture import render
from vision_data.generators.pairs.questions import questions
from vision_data.generators.seeds import derive, rng_for


def write_dataset(
    out: Path,
    num: int,
    seed: int,
    size: int = 224,
    difficulty: str = "medium",
    split: str = "train",
    num_groups: tuple[int, int] = (2, 3),
    kinds: tuple[str, ...] = ALL_FAULTS,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `images/*-1.png`, `images/*-2.png` and `records.jsonl`, and give the path of the last.

    Pair number i depends on `seed` and i only. Of every two pairs in a row, one has the better picture first. `id` and
    `pair_seed` are added to the records of `questions`, and the paths are filled in, relative to `out`.

    Args:
        out: folder to create; it appears when everything is written.
        num: how many pairs.
        seed: any whole number.
        size: see `make_pair`.
        difficulty: see `make_pair`; `mixed` takes them in turn.
        split: see `make_pair`.
        num_groups: see `make_pair`.
        kinds: see `make_pair`.
        progress: called with the number of pairs done, after each.
        overwrite: replace a folder that is not empty.

    Raises:
        MediaError: an argument is out of range, or `out` is not empty and `overwrite` is off.
    """
    if num < 1:
        raise MediaError(f"pairs data set: num must be at least 1, got {num}")
    levels = ("easy", "medium", "hard") if difficulty == "mixed" else (difficulty,)
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        (folder / "images").mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num):
                level = levels[index % len(levels)]
                pair_seed = derive("dataset", seed, index)
                pair = make_pair(pair_seed, size, level, split, num_groups, kinds, balanced(seed, index))
                paths = [f"images/{index:05d}-{number}.png" for number in (1, 2)]
                for picture, path in zip(pair.pictures, paths, strict=True):
                    render(picture).save(folder / path)
                (record,) = questions(pair)
                record |= {"id": f"{split}-pairs-{index:05d}", "pair_seed": pair_seed}
                record |= {"images": paths, "image_1": paths[0], "image_2": paths[1]}
                file.write(json.dumps(record) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"


def balanced(seed: int, index: int) -> int:
    """Which picture of pair number `index` is the better one: 1 and 2 once each in every two pairs."""
    first = rng_for("pair order", seed, index // 2).choice((1, 2))
    return first if index % 2 == 0 else 3 - first
