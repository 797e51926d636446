"""``python -m tools.replicate NAME --seeds 3``: train every arm of a study and write its page in docs/replication.

Runs that have ended are not trained again, so an interrupted study goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from tools.replicate.report import write
from tools.replicate.runs import Failed, trained
from tools.replicate.studies import STUDIES


def main(words: Sequence[str] | None = None) -> int:
    """Train, then write."""
    parser = argparse.ArgumentParser(prog="python -m tools.replicate", description=__doc__)
    parser.add_argument("name", choices=sorted(STUDIES))
    parser.add_argument("--seeds", type=int, default=3, help="how many; default 3")
    parser.add_argument("--runs", type=Path, default=Path("runs/replication"), help="where the runs go")
    parser.add_argument("--out", type=Path, default=Path("docs/replication"), help="where the page goes")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side, each with one thread; default 1")
    options = parser.parse_args(words)
    for name in ("seeds", "jobs"):
        if getattr(options, name) < 1:
            parser.error(f"--{name}: expected at least 1, got {getattr(options, name)}")
    study, outcomes = STUDIES[options.name], []
    with ThreadPoolExecutor(options.jobs) as pool:
        # seed by seed, so that what there is after an interruption can be compared
        waiting = [(arm, seed, pool.submit(trained, study, arm, seed, options.runs))
                   for seed, arm in product(range(options.seeds), study.arms)]  # fmt: skip
        for arm, seed, run in waiting:
            try:
                outcomes.append(run.result())
            except Failed as error:
                pool.shutdown(cancel_futures=True)
                print(f"error: {error}", file=sys.stderr)
                return 1
            print(f"{arm.name}, seed {seed}: {outcomes[-1].summary['seconds']:.0f} s", flush=True)
    for path in write(study, outcomes, options.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
