"""The runs that are exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.models.specs import Lora
from tests.mmreason.export.world import trained


@pytest.fixture(scope="session")
def lora_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Learned an adapter."""
    return trained(tmp_path_factory.mktemp("lora") / "lora_run", Lora(rank=4))


@pytest.fixture(scope="session")
def full_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Learned all weights."""
    return trained(tmp_path_factory.mktemp("full") / "full_run", None)
