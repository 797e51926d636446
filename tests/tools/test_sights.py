"""What pictures show is told rightly, and the tower learns to say it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mmreason.models.loading import TINY, load_processor
from tools.tiny.families import lessons
from tools.tiny.sights import CELL, Sight, Words, cell_of, drawn, look, sights_of
from vision_data.image import load_image
from vision_data.media import Image

LEAST = 0.001


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sights")


@pytest.fixture(scope="module")
def found(home: Path) -> dict[str, list[Sight]]:
    every = {
        name: [s for task in spec.load_tasks(home)[0] for s in sights_of(name, task)]
        for name, spec in lessons(share=LEAST)
    }
    return {name: sights for name, sights in every.items() if sights}


def test_families_with_labels(found: dict[str, list[Sight]]) -> None:
    assert set(found) == {"transit", "kitchen", "seen", "count", "relation", "tally", "pairs"}
    assert {sight.family for sight in found["tally"]} == {"scenes"}


def test_a_cell_that_shows_something_is_not_plain_and_the_others_are(found: dict[str, list[Sight]]) -> None:
    for sight in found["count"]:
        assert isinstance(sight.medium, Image)
        assert sight.at is not None
        pixels = np.asarray(load_image(sight.medium).convert("RGB")).astype(int)
        shown = {(row, column) for row, column, _ in sight.at}
        for row in range(pixels.shape[0] // CELL):
            for column in range(pixels.shape[1] // CELL):
                cell = pixels[row * CELL :, column * CELL :][:CELL, :CELL]
                assert (cell.std(axis=(0, 1)).max() > 10) == ((row, column) in shown)


def test_the_middle_of_a_box_names_its_cell() -> None:
    assert cell_of([30, 2, 54, 26]) == (0, 1)
    assert cell_of([0, 57, 27, 83]) == (2, 0)


def test_a_picture_that_says_what_it_shows_costs_little(found: dict[str, list[Sight]]) -> None:
    sight = found["count"][0]
    assert sight.at is not None
    embeddings = torch.randn(1024, 64, generator=torch.Generator().manual_seed(0))
    words = Words([s for of in found.values() for s in of], load_processor(TINY).tokenizer, embeddings)
    silent = torch.zeros(16, 64)
    silent[:, 0] = 1e-3
    telling = silent.clone()
    for row, column, shown in sight.at:
        telling[row * 4 + column] = torch.stack([words.directions[word] for word in shown]).sum(0)
    (low, right), (high, wrong) = (words.loss(sight, features, (1, 8, 8)) for features in (telling, silent))
    assert low < 0.2 * high
    assert right > 0.95
    assert wrong == pytest.approx(0.5, abs=0.01)


def test_the_pictures_of_a_step_are_the_same_again(found: dict[str, list[Sight]]) -> None:
    assert drawn(found, 9, 0, 3) == drawn(found, 9, 0, 3) != drawn(found, 9, 0, 4)


@pytest.mark.slow
def test_the_tower_learns_to_say_what_it_sees(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.tiny.sights.lessons", lambda: [p for p in lessons(share=LEAST) if p[0] == "tally"])
    losses: list[float] = []
    look(Path(TINY), 50, home, 0, lambda name, step, numbers: losses.append(numbers["loss"]), batch=8)
    assert losses[-1] < 0.6 * losses[0]
