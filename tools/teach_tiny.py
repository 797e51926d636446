"""Go on training a checkpoint of mmreason-tiny on the worlds of all recipes, and measure what came of it.

``python -m tools.teach_tiny --out runs/taught``. An experiment: the stored model has not had these phases. The tower
learns to name what pictures show (420 steps); 2,000 steps of lessons teach the language model the forms of the answers,
and not yet to read the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from transformers import AutoProcessor

from mmreason.models.loading import TINY, where
from tools.tiny.sights import look
from tools.tiny.teach import examine, lesson_phases, teach
from tools.train_tiny import report, save


@dataclass(frozen=True)
class Settings:
    """What is taught.

    Attributes:
        out: folder of the taught model.
        start: checkpoint to go on from; the stored one if not given.
        sights: optimiser steps of the vision tower on what pictures show.
        lessons: optimiser steps on worked answers of teachers who make no mistake.
        headroom: optimiser steps on those of teachers who err as the recipes' own do.
        seed: of the order.
        home: where lessons are drawn; they stay there for another time.
        items: held-out tasks of each family to measure on; 0 measures nothing.
        samples: answers to each of them at temperature 1, besides the greedy one.
        threads: CPU threads.
    """

    out: Path
    start: Path | None = None
    sights: int = 420
    lessons: int = 2000
    headroom: int = 60
    seed: int = 0
    home: Path = Path("runs/lessons")
    items: int = 40
    samples: int = 4
    threads: int = 2


def main(settings: Settings) -> None:
    """Train phase by phase, each from the folder that the one before it wrote; then measure."""
    torch.set_num_threads(settings.threads)
    start = settings.start or Path(where(TINY))
    processor = AutoProcessor.from_pretrained(start)
    if settings.sights:
        save(look(start, settings.sights, settings.home, settings.seed, report), processor, settings.out)
        start = settings.out
    for phase in lesson_phases(settings.lessons, settings.headroom):
        save(teach(start, phase, settings.home, settings.seed, report), processor, settings.out)
        start = settings.out
    if settings.items:
        print("family, greedy, sampled, best of the samples")
        for name, scores in examine(start, settings.home, settings.items, settings.samples).items():
            print(name, *(f"{score:.3f}" for score in scores), sep=", ")


if __name__ == "__main__":
    main(tyro.cli(Settings))
