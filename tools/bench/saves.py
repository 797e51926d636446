"""How long a run stands still for a checkpoint, written before it goes on and in the background, in turn.

python -m tools.bench.saves [--model mmreason-tiny] [--rounds 8] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from mmreason import engine
from mmreason.recipe import Recipe
from mmreason.run import Run
from mmreason.runs.best import Best
from mmreason.runs.integrity import FILE
from mmreason.runs.saver import Saver
from tools.bench.measure import Disagree
from tools.bench.shards import supervised


def saved(recipe: Recipe, run: Run, home: Path, background: bool) -> tuple[float, dict[str, object]]:
    """Save into an empty folder; gives the seconds that the run stood still, and the checksums of the model's files.

    ``state.pt`` is left out: a pickle says which of its values are the same object, and copies are not.
    """
    saver = Saver(recipe, home, -1, background, Best(recipe, home, None))
    begun = time.perf_counter()
    path = saver.save(run, {})
    still = time.perf_counter() - begun
    saver.settle(run.across)
    told: dict[str, object] = json.loads((path / FILE).read_text())
    return still, {name: told[name] for name in told if name != "state.pt"}


def main() -> None:
    """Print each pair, then the ratio.

    Raises:
        Disagree: the files differ.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mmreason-tiny")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--folder", type=Path, help="where checkpoints are written; a temporary folder if not given")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe, ratios = supervised(options.model), []
    with TemporaryDirectory(dir=options.folder) as folder:
        run = Run(models={}, home=Path(folder))
        run.open(recipe)
        engine.train(recipe, run)
        for number in range(options.rounds + 1):
            plain, one = saved(recipe, run, Path(folder) / f"plain_{number}", background=False)
            apart, other = saved(recipe, run, Path(folder) / f"background_{number}", background=True)
            if one != other:
                raise Disagree("saves: a checkpoint written in the background differs from a plain one")
            if number:  # the first pair warms up
                ratios.append(plain / apart)
                print(f"plain {plain:.3f} s, background {apart:.3f} s, {plain / apart:.1f} times")
    print(f"{statistics.median(ratios):.1f} times as long ({min(ratios):.1f} to {max(ratios):.1f}); same files")


if __name__ == "__main__":
    main()
