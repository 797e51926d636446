"""Write charts, tables, scripts and records to a folder that appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vision_data.errors import MediaError
from vision_data.generators.charts.chart import Chart
from vision_data.generators.charts.make import make_chart
from vision_data.generators.charts.questions import questions
from vision_data.generators.charts.render import draw
from vision_data.generators.charts.script import plot_code
from vision_data.generators.charts.spec import KINDS, LEVELS, SPLITS, TYPES, Level, checked, known
from vision_data.generators.folder import whole_folder
from vision_data.generators.seeds import derive


def write_dataset(
    out: Path,
    num: int,
    seed: int,
    level: str | Level = "tiny",
    split: str = "train",
    kinds: Sequence[str] = KINDS,
    types: Sequence[str] = TYPES,
    per_type: int = 1,
    printed: bool | None = None,
    readable: bool | None = None,
    boxed: bool = True,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write `images/*.png`, `tables/*.csv`, `code/*.py`, `marks/*.json` and `records.jsonl`; give the path of the last.

    Chart number i depends on `seed` and i only, and is of kind i of `kinds`, in turn. Paths in a record (`image`,
    `csv_file`, `code_file`, `marks_file`) are relative to `out`; `id` and `chart_seed` (for `make_chart`) are added.

    Args:
        out: folder to create; it is moved into place when everything is written.
        num: how many charts.
        seed: any whole number.
        level: see `make_chart`.
        split: see `make_chart`.
        kinds: kinds of chart, taken in turn.
        types: see `questions`.
        per_type: see `questions`.
        printed: see `make_chart`.
        readable: see `make_chart`.
        boxed: see `questions`.
        progress: called with the number of charts done, after each.
        overwrite: replace a folder that exists; otherwise only an empty one is.

    Raises:
        MediaError: an argument is out of range, or `out` exists and is not empty.
    """
    size = checked(level) if isinstance(level, Level) else LEVELS[known("level", level, LEVELS)]
    known("split", split, SPLITS)
    if num < 1 or not kinds:
        raise MediaError(
            f"chart data set: needs at least one chart and one kind, got num {num} and kinds {list(kinds)}"
        )
    with whole_folder(Path(out), overwrite=overwrite) as folder:
        for name in ("images", "tables", "code", "marks"):
            (folder / name).mkdir()
        with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
            for index in range(num):
                chart_seed, kind = derive("dataset", seed, index), kinds[index % len(kinds)]
                chart = make_chart(chart_seed, size, split, kind, printed=printed, readable=readable)
                for number, record in enumerate(_write(folder, chart, index, types, per_type, boxed)):
                    record["id"] = f"{split}-{kind}-{size.name}-{index:05d}-{number}"
                    file.write(json.dumps(record) + "\n")
                if progress is not None:
                    progress(index + 1)
    return Path(out) / "records.jsonl"


def _write(
    folder: Path, chart: Chart, index: int, types: Sequence[str], per_type: int, boxed: bool
) -> list[dict[str, Any]]:
    """Picture, table, script and marks of one chart; gives its records."""
    picture, marks = draw(chart)
    paths = {
        "image": f"images/{index:05d}.png",
        "csv_file": f"tables/{index:05d}.csv",
        "code_file": f"code/{index:05d}.py",
        "marks_file": f"marks/{index:05d}.json",
    }
    picture.save(folder / paths["image"])
    texts = {"csv_file": chart.table.csv(), "code_file": plot_code(chart), "marks_file": json.dumps(marks)}
    for name, text in texts.items():
        (folder / paths[name]).write_text(text, encoding="utf-8")
    records = questions(chart, chart.seed, types, per_type, boxed)
    return [record | paths | {"chart_seed": chart.seed} for record in records]
