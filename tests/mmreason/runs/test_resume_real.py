"""The embedded Qwen2.5-VL model in real processes that are killed between two updates of one buffer."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mmreason.errors import CheckpointError
from mmreason.models.loading import load_model
from mmreason.recipe import Recipe
from mmreason.runs import checkpoint
from tests.mmreason.runs import real
from tests.mmreason.runs.drill import code_of, same_runs, start

pytestmark = [pytest.mark.slow, pytest.mark.guard]


@pytest.mark.parametrize("build", [real.full, real.adapter])
def test_a_killed_run_of_the_real_model_goes_on_bit_for_bit(tmp_path: Path, build: Callable[[], Recipe]) -> None:
    whole, home = tmp_path / "whole", tmp_path / "run"
    first = start(whole, build=build)
    assert code_of(start(home, signal.SIGKILL, updates=3, build=build)) == -signal.SIGKILL
    assert code_of(first) == 0
    assert [path.name for path in checkpoint.found(home)] == ["step_000000_update_001", "step_000000_update_002"]
    assert code_of(start(home, signal.SIGKILL, updates=5, build=build)) == -signal.SIGKILL
    assert code_of(start(home, build=build)) == 0
    same_runs(whole, home)
    lines = [json.loads(line) for line in (home / "metrics.jsonl").read_text().splitlines()]
    assert lines[0]["metrics"]["noise/average"] != lines[1]["metrics"]["noise/average"]
    if build is real.full:
        newest = checkpoint.latest(home)
        assert newest is not None
        loads_by_itself_and_not_by_halves(newest / "policy")


def loads_by_itself_and_not_by_halves(folder: Path) -> None:
    """Plain ``from_pretrained`` takes the weights; with one tensor renamed they are refused."""
    from safetensors.torch import load_file, save_file
    from transformers import AutoModelForImageTextToText, AutoProcessor

    core, told = AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)
    assert not any(told[name] for name in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert core.num_parameters() > 10**6
    assert AutoProcessor.from_pretrained(folder).tokenizer is not None
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if "q_proj.weight" in name)
    weights["renamed"] = weights.pop(name)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="does not fill the model exactly"):
        load_model(str(folder))
