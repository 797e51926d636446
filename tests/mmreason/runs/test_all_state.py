"""Everything that has state goes through a checkpoint: stores, schedules, surveys, trained roles, sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mmreason.engine import train
from mmreason.run import Run
from mmreason.runs import checkpoint
from tests.mmreason.engine.test_resume import Stop, StopAt, fresh, recipe


@pytest.fixture(scope="module")
def whole() -> Run:
    """A run that was never stopped."""
    run = fresh()
    train(recipe(), run)
    return run


@pytest.mark.parametrize("at", [1, 5, 9])
def test_a_run_through_files_is_the_run_that_never_stopped(whole: Run, tmp_path: Path, at: int) -> None:
    first, second = fresh(), fresh()
    with pytest.raises(Stop):
        train(recipe(), first, StopAt(at))
    saved = checkpoint.save(first, recipe(), tmp_path)
    checkpoint.load(second, recipe(), saved)
    assert plain(second.state_dict()) == plain(first.state_dict())
    train(recipe(), second)
    assert plain(second.state_dict()) == plain(whole.state_dict())


def plain(value: Any) -> Any:
    """Tensors as lists, to be compared; NaN is equal to itself."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), repr(value.tolist())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return repr(value)
