"""What every drawn data set gets: a progress bar, fields that our reader finds, and a word about what there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmreason.cli.screen import progress_bar, show


def drawn(write: Callable[..., Path], out: Path, num: int, seed: int, what: str, **dials: Any) -> None:
    """Run a generator with a progress bar and make its records readable as tasks."""
    with progress_bar("drawing", num, what) as tell:
        path = write(out, num, seed, progress=tell, **dials)
    as_tasks(path)
    written(path)


def as_tasks(path: Path) -> None:
    """Add the fields by which our own reader finds prompt and media; those of the generator stay.

    What a preference pair was rendered from becomes ``caption``.
    """
    from mmreason.runs.atomic import write_text

    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        one = record.get("image") or record.get("figure")
        images = record.get("images") or [one] * bool(one)
        videos = [record["video"]] if record.get("video") else []
        asked = record.get("prompt", "")
        if "<image>" not in asked and "<video>" not in asked:
            record |= {"caption": asked} if asked else {}
            asked = "<video>\n" * len(videos) + "<image>\n" * len(images) + record["question"]
        record |= {"prompt": asked, "images": images, "videos": videos}
        lines.append(json.dumps(record) + "\n")
    write_text(path, "".join(lines))


def written(path: Path) -> None:
    """Say what there is now."""
    with path.open(encoding="utf-8") as file:
        num = sum(1 for _ in file)
    show(f"{num} records in {path}", f"check them with: mmreason data check {path}")
