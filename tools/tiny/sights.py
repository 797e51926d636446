"""Seeing before speaking: the vision tower learns to say what a picture shows, in the words of the vocabulary.

Features are compared by cosine with the token embeddings of words, as in `cells`. Where it is known which cell shows a
thing, that cell must say it and the others not; elsewhere it is enough that some cell of the picture says it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmreason.models.media import MediaReader
from mmreason.models.optim import AdamW
from mmreason.models.specs import Policy
from mmreason.run import Run
from mmreason.seeds import seed_of
from mmreason.types import Task
from tools.tiny.families import lessons, map_of
from tools.tiny.teach import Report
from vision_data.generators.physics.spec import COLOURS
from vision_data.media import Image, Media
from vision_data.messages import media_of

CELL = 28
"""Pixels a side that one image token stands for."""
SCALE, THRESHOLD = 20.0, 5.0
"""Of the cosine: a word is said from 0.25 on."""
STATES = ("raw", "washed", "cut", "cooked", "baked")
VERBS = dict(zip(("wash", "cut", "cook", "bake"), STATES[1:], strict=True))
Grid = tuple[int, int, int]


@dataclass(frozen=True)
class Sight:
    """A picture or film and what it shows.

    Attributes:
        medium: what is read.
        family: whose words it may show; those of others are not asked for.
        words: all that it shows.
        at: row and column of cells, and what each shows; None where that is not known.
    """

    medium: Media
    family: str
    words: frozenset[str]
    at: tuple[tuple[int, int, frozenset[str]], ...] | None = None


def sights_of(family: str, task: Task) -> Iterator[Sight]:
    """What is known of the media of a task; nothing for families without such labels."""
    record, media = task.record, list(media_of(task.prompt))
    if family in ("seen", "collisions"):
        shown = [one if isinstance(one, str) else one["colour"] for one in record["objects"]]
        if family == "seen":  # which were in the picture, not which exist
            yield Sight(media[0], "physics", frozenset(shown))
    elif family == "transit":
        drawn = map_of(int(record["map_seed"]))
        at = tuple((row, column, frozenset((name, *(line.short for line in drawn.lines_at(name)))))
                   for name, (column, row) in drawn.positions)  # fmt: skip
        yield Sight(media[0], "transit", frozenset().union(*(words for *_, words in at)), at)
    elif family in ("count", "relation", "tally"):
        at = tuple((*cell_of(one["box"]), frozenset((one["kind"], one["colour"]))) for one in record["objects"])
        yield Sight(media[0], "scenes", frozenset().union(*(words for *_, words in at)), at)
    elif family == "pairs":
        for number, medium in enumerate(media, start=1):
            told = {word for one in record[f"objects_{number}"] for word in (one["kind"], one["colour"])}
            yield Sight(medium, "pairs", frozenset(told))
    elif family == "kitchen":
        held = [record["state"]["held"]] if record["state"]["held"] else []
        words = {word for food, done in (*held, *record["state"]["served"]) for word in (food, *states(done))}
        yield from (Sight(medium, "kitchen", frozenset(words)) for medium in media if isinstance(medium, Image))


def states(done: Sequence[str]) -> list[str]:
    """What has become of a food."""
    return [VERBS[verb] for verb in done] or ["raw"]


def cell_of(box: Sequence[float]) -> tuple[int, int]:
    """Row and column of the cell in the middle of a box."""
    left, top, right, bottom = box
    return int((top + bottom) / 2) // CELL, int((left + right) / 2) // CELL


class Words:
    """Directions of words in the space of token embeddings, by family."""

    def __init__(self, sights: Sequence[Sight], tokenizer: Any, embeddings: Tensor) -> None:
        self.of: dict[str, list[str]] = {}
        for family in sorted({sight.family for sight in sights}):
            own = sorted({word for sight in sights if sight.family == family for word in sight.words})
            self.of[family] = list(COLOURS) if family == "physics" else own
        # A word of several tokens begins with the first: that is where the language model has to find it.
        self.directions: Mapping[str, Tensor] = {
            word: F.normalize(embeddings[tokenizer(" " + word).input_ids[0]].detach().float(), dim=-1)
            for words in self.of.values()
            for word in words
        }

    def loss(self, sight: Sight, features: Tensor, grid: Grid) -> tuple[Tensor, Tensor]:
        """Loss, and the share of words told rightly, of one picture.

        Args:
            sight: what it shows.
            features: [cells, hidden].
            grid: patches in time, down and across.
        """
        words = self.of[sight.family]
        logits = F.normalize(features.float(), dim=-1) @ torch.stack([self.directions[w] for w in words]).T
        logits = logits * SCALE - THRESHOLD
        if sight.at is None:
            best, truth = logits.amax(0), torch.tensor([float(word in sight.words) for word in words])
        else:
            best, truth = logits, torch.zeros_like(logits)
            for row, column, shown in sight.at:
                place = row * (grid[2] // 2) + column
                truth[place] = torch.tensor([float(word in shown) for word in words])
        right = ((best > 0) == (truth > 0.5)).float()
        halves = [right[truth > 0.5], right[truth < 0.5]]
        balanced = torch.stack([half.mean() for half in halves if len(half)]).mean()
        positive = torch.tensor(4.0 if sight.at is not None else 1.0)
        return F.binary_cross_entropy_with_logits(best, truth, pos_weight=positive), balanced


def look(start: Path, steps: int, home: Path, seed: int, report: Report, batch: int = 42, rate: float = 1.2e-3) -> Any:
    """Train the vision tower of a checkpoint on what pictures show, and give its model.

    Args:
        start: checkpoint.
        steps: optimiser steps.
        home: where the pictures are drawn.
        seed: of their order.
        report: called every 25 steps.
        batch: pictures a step, families in turn.
        rate: peak learning rate; it falls as a cosine.
    """
    run = Run(models={}, seed=seed, home=home)
    live = Policy(model=str(start), freeze=("language",), optim=AdamW(lr=rate, betas=(0.9, 0.98), schedule="cosine",
                  total=steps, floor=0.05, warmup=min(30, steps // 4), weight_decay=0.01)).open(run)  # fmt: skip
    found = {name: [s for task in spec.load_tasks(home)[0] for s in sights_of(name, task)] for name, spec in lessons()}
    found = {name: sights for name, sights in found.items() if sights}
    body, encoder = live.runner.body, live.runner.encoder
    words = Words([s for of in found.values() for s in of], encoder.tokenizer,
                  live.core.get_input_embeddings().weight)  # fmt: skip
    reader = MediaReader(encoder.processor, 2)
    live.core.train()
    sums: dict[str, list[float]] = {}
    with ThreadPoolExecutor(2) as pool:
        upcoming = [pool.submit(read, reader, drawn(found, batch, seed, 0))]
        for step in range(steps):
            sights, pixels, grids = upcoming.pop().result()
            if step + 1 < steps:
                upcoming.append(pool.submit(read, reader, drawn(found, batch, seed, step + 1)))
            total = torch.zeros(())
            for sight, features, grid in zip(sights, body.tower(pixels, grids), grids, strict=True):
                loss, right = words.loss(sight, features, grid)
                total = total + loss / len(sights)
                sums.setdefault(sight.family, []).append(float(right))
            total.backward()
            live.apply()
            sums.setdefault("loss", []).append(float(total.detach()))
            if (step + 1) % 25 == 0 or step + 1 == steps:
                report("sights", step + 1, {n: sum(v) / len(v) for n, v in sums.items()})
                sums = {}
    return live.core


def drawn(found: Mapping[str, Sequence[Sight]], batch: int, seed: int, step: int) -> list[Sight]:
    """Pictures of one step, families in turn."""
    rng, names = random.Random(seed_of(seed, "sights", step)), sorted(found)
    return [rng.choice(found[names[i % len(names)]]) for i in range(batch)]


def read(reader: MediaReader, sights: Sequence[Sight]) -> tuple[list[Sight], list[Tensor], list[Grid]]:
    """Pixels and grids of pictures."""
    spans, pixels = zip(*(reader(sight.medium) for sight in sights), strict=True)
    return list(sights), list(pixels), [span.grid for span in spans]
