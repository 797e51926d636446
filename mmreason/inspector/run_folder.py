"""A run's folder, opened to be looked at; nothing is ever written into it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from mmreason.inspector.index import Index
from mmreason.inspector.jsonl import entries, items, mapping, number, text, whole
from mmreason.inspector.model import NAN, Curve, Exam, InspectorError, RunInfo
from mmreason.inspector.run_curves import curves, spread_over_seeds
from mmreason.inspector.run_files import inside

BIGGEST = 32 * 2**20
"""Bytes of the largest JSON file that is read whole."""
LISTED = 2000
"""Files of a folder that are listed."""
QUIET = 600.0
"""Seconds without a new line after which a run that did not finish counts as stopped."""
SIGNS = ("metrics.jsonl", "versions.json", "eval.jsonl", "traces", "eval")
"""One of these makes a folder a run's."""


class RunFolder:
    """A run's folder: what it is, its curves, its samples, its files. Any thread may use it.

    Args:
        path: the folder, such as ``runs/quickstart``; an evaluation's folder too.
        cache: where the index of its samples lies; None is the user's cache folder.

    Raises:
        InspectorError: it is no folder of a run.
    """

    def __init__(self, path: str | Path, cache: Path | None = None) -> None:
        self.path, self.cache = Path(path), cache
        if not self.path.is_dir():
            raise InspectorError(f"{self.path} is no folder; expected that of a run, such as runs/quickstart")
        if not any((self.path / sign).exists() for sign in SIGNS):
            raise InspectorError(f"{self.path} holds no run: expected metrics.jsonl, traces/ or eval.jsonl in it")
        self.lock = threading.Lock()
        self.opened: Index | None = None

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    def index(self) -> Index:
        """Its samples; opened once."""
        with self.lock:
            if self.opened is None:
                self.opened = Index.open(self.path, self.cache, self.name)
            return self.opened

    def file(self, path: str) -> Path:
        """Give the real place of a file by its path below the folder.

        Raises:
            InspectorError: the path leaves the folder, also by a symbolic link, or names no regular file.
        """
        return inside(self.path, path)

    def read_json(self, name: str) -> Any:
        """The content of a JSON file; None where it is missing, damaged or too large."""
        try:
            path = self.file(name)
            return json.loads(path.read_bytes()) if path.stat().st_size <= BIGGEST else None
        except (InspectorError, OSError, ValueError, RecursionError):
            return None

    def log(self, name: str) -> Iterator[dict[str, Any]]:
        """The good lines of a log; nothing where it is missing."""
        try:
            path = self.file(name)
        except InspectorError:
            return
        yield from (entry.value for entry in entries(path) if entry.value is not None)

    def curves(self) -> list[Curve]:
        """Its metrics over its steps; see ``run_curves.curves``."""
        seed = whole(mapping(self.read_json("versions.json")).get("seed"), -1)
        logs, weights = (self.log("metrics.jsonl"), self.log("costs.jsonl")), self.index().weights()
        return curves(*logs, weights, self.name, None if seed < 0 else seed)

    def info(self) -> RunInfo:
        """What it is and how far it has come."""
        recipe, versions = mapping(self.read_json("recipe.json")), mapping(self.read_json("versions.json"))
        summary = mapping(self.read_json("summary.json"))
        stages = [mapping(stage) for stage in items(recipe.get("stages"))]
        steps, seen, exams = self.logged()
        seed = whole(versions.get("seed"), whole(summary.get("seed"), -1))
        return RunInfo(
            name=self.name,
            recipe=text(recipe.get("name")) or text(summary.get("recipe")),
            seed=None if seed < 0 else seed,
            steps=steps,
            stages=tuple(text(stage.get("name")) for stage in stages) or tuple(seen) or self.index().stages(),
            started=self.started(),
            status=self.status(bool(summary)),
            exams=exams,
            files=self.files(),
            versions={str(name): text(value) for name, value in versions.items() if isinstance(value, str)},
            planned=sum(whole(stage.get("steps")) for stage in stages),
            warnings=self.index().warnings(),
        )

    def logged(self) -> tuple[int, list[str], tuple[Exam, ...]]:
        """Steps done, stages seen, and every exam's means before and after."""
        steps, stages = 0, dict[str, None]()
        values: dict[tuple[str, str, str], list[float]] = {}
        for line in self.log("metrics.jsonl"):
            stage, kind, when = text(line.get("stage")), line.get("kind"), text(line.get("when"))
            if kind == "step":
                steps = max(steps, whole(line.get("step")))
                stages[stage] = None
            if kind == "exam":
                for full, value in mapping(line.get("metrics")).items():
                    found = values.setdefault((stage, full.removeprefix(f"{stage}/"), when), [])
                    found += [x] if (x := number(value)) == x else []
        means = {key: sum(found) / len(found) for key, found in values.items() if found}
        names = dict.fromkeys((exam, metric) for exam, metric, _ in values)
        exams = (Exam(*name, *(means.get((*name, when), NAN) for when in ("before", "after"))) for name in names)
        return steps, list(stages), tuple(exams)

    def started(self) -> str:
        """When the record was written, in UTC."""
        try:
            at = self.file("versions.json").stat().st_mtime
            return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        except (InspectorError, OSError, OverflowError, ValueError):
            return ""

    def status(self, over: bool) -> str:
        """Say whether it has finished, is running (a log grew lately) or was stopped; empty where there is no log."""
        if over:
            return "finished"
        try:
            return "running" if time.time() - self.file("metrics.jsonl").stat().st_mtime < QUIET else "stopped"
        except (InspectorError, OSError):
            return ""

    def files(self) -> dict[str, int]:
        """Bytes of the files by path; media, data and symbolic links are left out."""
        out: dict[str, int] = {}
        for path in sorted(islice(self.path.iterdir(), LISTED)):
            if path.is_symlink() or path.name in ("media", "data"):
                continue
            for file in sorted(islice(path.rglob("*"), LISTED)) if path.is_dir() else [path]:
                if len(out) < LISTED and not file.is_symlink() and file.is_file():
                    out[file.relative_to(self.path).as_posix()] = file.stat().st_size
        return out


def seeds_together(folders: list[RunFolder]) -> list[Curve]:
    """Curves of runs of one recipe with different seeds as one set with a spread; those of other recipes stay apart."""
    by_recipe: dict[str, list[RunFolder]] = {}
    for folder in folders:
        name = text(mapping(folder.read_json("recipe.json")).get("name")) or folder.name
        by_recipe.setdefault(name, []).append(folder)
    out: list[Curve] = []
    for name, group in by_recipe.items():
        found = [folder.curves() for folder in group]
        out += found[0] if len(group) == 1 else spread_over_seeds(found, f"{name} ({len(group)} seeds)")
    return out
