"""How long the inspector takes to open a long run: ``python -m tools.bench.traces runs/quickstart --num 10000``.

The lines of a real run are repeated until there are enough, each with a step of its own, and opened beside the least
that any reader does: parsing every line of the file once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from mmreason.inspector.browse import browse, turn
from mmreason.inspector.index import Index
from mmreason.inspector.links import Place
from mmreason.inspector.model import Query
from mmreason.inspector.opened import PER_PAGE, Opened

STAGE, TASKS = "train", 400


def repeated(run: Path, home: Path, num: int) -> Path:
    """Write a run of one stage with ``num`` groups, made of the longest trace of a real one; gives the trace."""
    source = max((run / "traces").glob("*.jsonl"), key=lambda path: path.stat().st_size)
    for folder in ("traces", "tokens"):
        (home / folder).mkdir(parents=True)
    tracks = run / "tokens" / source.name
    if tracks.exists():
        shutil.copy(tracks, home / "tokens" / f"{STAGE}.jsonl")
    lines = [json.loads(line) for line in source.read_text().splitlines()]
    trace = home / "traces" / f"{STAGE}.jsonl"
    with trace.open("w") as file:
        for n, line in enumerate(islice(cycle(lines), num)):
            named = {"stage": STAGE, "step": 1 + n // 16, "task": f"t{n % TASKS}"}
            file.write(json.dumps(line | named) + "\n")
    (home / "metrics.jsonl").write_text("")
    return trace


def parsed(trace: Path) -> int:
    """Parse every line and keep none."""
    with trace.open("rb") as file:
        return sum(1 for line in file if json.loads(line)["completions"])


def first_time(home: Path, cache: Path, words: bool = False) -> None:
    """Open the run without the index of an earlier time."""
    shutil.rmtree(cache, ignore_errors=True)
    again(home, cache, words)


def again(home: Path, cache: Path, words: bool = False) -> None:
    """Open the run and show its first page; with words also make everything ready that is searched."""
    index = Index.open(home, cache)
    assert index.count() > 0 < len(index.page(num=PER_PAGE))
    if words:
        index.prepare_search()
    index.close()


def took(run: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median seconds by the clock and of the processor."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def measure(run: Path, num: int, rounds: int, scratch: Path) -> str:
    """Everything, as a table."""
    home, cache = scratch / "run", scratch / "cache"
    trace = repeated(run, home, num)
    os.environ["XDG_CACHE_HOME"] = str(scratch)
    runs = Opened([home])
    runs["run"].index().prepare_search()
    place, pages = browse(runs, Place("run")).place, cycle(range(1, num // PER_PAGE))
    cases = {
        "parsing each line once": lambda: parsed(trace),
        "opening for the first time": lambda: first_time(home, cache),
        "with the words for the search": lambda: first_time(home, cache, words=True),
        "opening again": lambda: again(home, cache),
        "a page of the list with its sample": lambda: browse(runs, turn(runs, place, next(pages))),
        "a search": lambda: browse(runs, Place("run", Query(text=f"line t{next(pages)}"))),
    }
    size = trace.stat().st_size
    rows = [
        f"{num:,} groups, {size / 1e6:.0f} MB; median of {rounds}",
        f"{'':36}{'wall':>10}{'cpu':>10}{'x parsing':>11}",
    ]
    least = 0.0
    for name, case in cases.items():
        wall, cpu = took(case, rounds)
        least = least or cpu
        rows.append(f"{name:36}{wall:9.3f}s{cpu:9.3f}s{cpu / least:11.2f}")
    return "\n".join(rows)


def main() -> None:
    """Read the options, print the table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("run", type=Path, help="folder of a run with traces")
    options.add_argument("--num", type=int, default=10_000, help="groups of the long run")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with TemporaryDirectory(prefix="mmreason-traces-") as scratch:
        print(measure(given.run, given.num, given.rounds, Path(scratch)))


if __name__ == "__main__":
    main()
