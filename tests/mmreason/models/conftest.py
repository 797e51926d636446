"""One film and one model for all tests that only look; tests that train open their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from mmreason.models.policy import LanguageModel
from tests.mmreason.models import scene
from vision_data.messages import Prompt


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of three seconds."""
    return scene.clip(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture(scope="session")
def asked(film: Path) -> dict[str, Prompt]:
    """One prompt of every kind."""
    return scene.prompts(film)


@pytest.fixture(scope="session")
def shared() -> LanguageModel:
    """The embedded model, for tests that change nothing."""
    return scene.opened()[0]


@pytest.fixture
def model(shared: LanguageModel) -> Iterator[LanguageModel]:
    """The embedded model with its settings put back afterwards."""
    runner = shared.runner
    budget, slab = runner.budget, runner.max_logits
    yield shared
    runner.budget, runner.max_logits = budget, slab
    shared.core.zero_grad(set_to_none=True)
    torch.set_grad_enabled(True)
