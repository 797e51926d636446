"""Write maps, metro data and records to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from vision_data.errors import MediaError
from vision_data.generators.folder import whole_folder
from vision_data.generators.seeds import derive
from vision_data.generators.transit.layout import centre
from vision_data.generators.transit.network import make_map
from vision_data.generators.transit.questions import ALL_TYPES, questions
from vision_data.generators.transit.render import render
from vision_data.generators.transit.spec import LEVELS, SPLITS, known
from vision_data.generators.transit.styles import style_of


def write_dataset(
    out: Path,
    num_maps: int,
    seed: int,
    level: str = "tiny",
    split: str = "train",
    types: Sequence[str] = ALL_TYPES,
    per_type: int = 1,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
    style: str = "classic",
) -> Path:
    """Write `maps/*.png`, `metro/*.json` and `records.jsonl`, and give the path of the last.

    Map number i depends on `seed` and i only, so a larger data set begins with the smaller one. `figure` and `json` of
    a record are paths relative to `out`; `id`, `map_seed` (for `make_map`) and `stations` are added, the last with each
    station's place in shares of the picture's sides.

    Args:
        out: folder to create; it is moved into place when everything is written.
        num_maps: how many maps.
        seed: any whole number.
        level: see `make_map`.
        split: see `make_map`.
        types: see `questions`.
        per_type: see `questions`.
        progress: called with the number of maps done, after each.
        overwrite: replace a folder that exists; otherwise only an empty one is.
        style: see `render`; any other than classic is told in the field `style` of the records.

    Raises:
        MediaError: an argument is out of range, or `out` exists and is not empty.
    """
    known("level", level, LEVELS)
    known("split", split, SPLITS)
    style_of(style, LEVELS[level].lettered, split, 0)
    if num_maps < 1:
        raise MediaError(f"transit data set: num_maps must be at least 1, got {num_maps}")
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        for name in ("maps", "metro"):
            (folder / name).mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num_maps):
                lines = _write_map(folder, index, derive("dataset", seed, index), level, split, types, per_type, style)
                file.writelines(line + "\n" for line in lines)
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"


def _write_map(
    folder: Path, index: int, map_seed: int, level: str, split: str, types: Sequence[str], per_type: int, style: str
) -> list[str]:
    """Picture and metro data of one map; gives its records as JSON lines."""
    transit_map = make_map(map_seed, level, split)
    stem = f"{index:05d}_{transit_map.city.lower()}"
    look = style_of(style, LEVELS[level].lettered, split, map_seed)
    render(transit_map, style=look).save(folder / "maps" / f"{stem}.png")
    (folder / "metro" / f"{stem}.json").write_text(json.dumps(transit_map.metro(), indent=1), encoding="utf-8")
    size = LEVELS[level]
    places = {name: [round(x / size.canvas, 4) for x in centre(at, size)] for name, at in transit_map.positions}
    lines = []
    for number, record in enumerate(questions(transit_map, map_seed, types, per_type)):
        record |= {
            "id": f"{split}-{level}-{index:05d}-{number}",
            "figure": f"maps/{stem}.png",
            "json": f"metro/{stem}.json",
            "map_seed": map_seed,
            "stations": places,
        } | ({} if look == "classic" and style == look else {"style": look})
        lines.append(json.dumps(record))
    return lines
