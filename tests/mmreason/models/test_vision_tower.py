"""The tower's lean forward against the library's, windows that borders cut short included."""

from __future__ import annotations

import math

import pytest
import torch
from transformers import AutoModelForImageTextToText

from mmreason.models.loading import TINY, load_config, load_model
from mmreason.models.vision_tower import Grid, VisionTower

GRIDS: dict[str, list[Grid]] = {
    "one window": [(1, 8, 8)],
    "one patch": [(1, 2, 2)],
    "several windows, cut": [(1, 20, 12)],
    "exactly filled": [(1, 16, 16)],
    "video": [(3, 10, 6)],
    "several media": [(1, 8, 8), (2, 6, 10), (1, 18, 4), (1, 8, 8)],
}


def windowed() -> torch.nn.Module:
    """A tower whose layers take turns between windows and the whole."""
    config = load_config(TINY)
    config.vision_config.fullatt_block_indexes = [1, 3]
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(config)
    return model.model.visual


@pytest.fixture(scope="module")
def towers() -> dict[str, torch.nn.Module]:
    return {"windows": windowed(), "whole": load_model(TINY).model.visual}


@pytest.mark.parametrize("kind", ["windows", "whole"])
@pytest.mark.parametrize("name", GRIDS)
def test_features_and_gradients_are_the_librarys(towers: dict[str, torch.nn.Module], kind: str, name: str) -> None:
    visual, grids = towers[kind], GRIDS[name]
    rng = torch.Generator().manual_seed(1)
    pixels = torch.randn(sum(math.prod(g) for g in grids), 1176, generator=rng)
    found = VisionTower(visual)(pixels, grids)
    weight = torch.randn(found.shape, generator=rng)
    mine = torch.autograd.grad((found * weight).sum(), list(visual.parameters()))
    wanted = visual(pixels, grid_thw=torch.tensor(grids)).pooler_output
    theirs = torch.autograd.grad((wanted * weight).sum(), list(visual.parameters()))
    assert (found - wanted).norm() <= 1e-5 * wanted.norm()
    apart = math.sqrt(sum(float((a - b).square().sum()) for a, b in zip(mine, theirs, strict=True)))
    assert apart <= 3e-5 * math.sqrt(sum(float(b.square().sum()) for b in theirs))


def test_checkpointing_changes_nothing() -> None:
    visual = windowed().train()
    pixels = torch.randn(48, 1176, generator=torch.Generator().manual_seed(2))
    wanted = torch.autograd.grad(VisionTower(visual)(pixels, [(1, 6, 8)]).square().sum(), list(visual.parameters()))
    for block in visual.blocks:
        block.gradient_checkpointing = True
    found = torch.autograd.grad(VisionTower(visual)(pixels, [(1, 6, 8)]).square().sum(), list(visual.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
