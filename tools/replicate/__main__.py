"""``python -m tools.replicate NAME --seeds 3``: train every arm of a study and write its page in docs/replication.

Runs that have ended are not trained again, so an interrupted study goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
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
    options = parser.parse_args(words)
    if options.seeds < 1:
        parser.error(f"--seeds: expected at least 1, got {options.seeds}")
    study, outcomes = STUDIES[options.name], []
    for arm in study.arms:
        for seed in range(options.seeds):
            try:
                outcomes.append(trained(study, arm, seed, options.runs))
            except Failed as error:
                print(f"error: {error}", file=sys.stderr)
                return 1
            print(f"{arm.name}, seed {seed}: {outcomes[-1].summary['seconds']:.0f} s", flush=True)
    for path in write(study, outcomes, options.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
