"""Real processes with weights, gradients and moments spread over them by DeepSpeed: what one process learns."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("deepspeed", reason="needs deepspeed: pip install 'mmreason[deepspeed]'")
ROOT = Path(__file__).parents[3]
ALONE = ("zero1", "zero2", "zero3", "none+lora", "none+checkpointing")
TWO = (
    "zero1",
    "answers",
    "zero3+lora",
    "zero3+checkpointing",
    "zero2+bf16",
    "zero3+bf16",
    "zero3+zero2",
    "zero2+zero3",
)
pytestmark = pytest.mark.slow


def start(folder: Path, ranks: int, *kinds: str) -> None:
    """Run the script on so many processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", str(ranks), "--master-port", str(port)]
    words = [sys.executable, *(launch if ranks > 1 else []), "-m", "tests.mmreason.runs.sharded", str(folder), *kinds]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One process without DeepSpeed, and what CI compares with it."""
    found = tmp_path_factory.mktemp("sharded")
    start(found, 1, "none")
    start(found, 2, "none", "zero2", "zero3")
    return found


@pytest.fixture(scope="module")
def folder(core: Path) -> Path:
    """All other ways too, on one process, then on two, then on one again."""
    start(core, 1, *ALONE)
    start(core, 2, *TWO)
    start(core, 1, "resumed")
    return core


def told(folder: Path, kind: str, ranks: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{kind}-on-{ranks}" / "told.json").read_text())
    return found


def tensors(folder: Path, kind: str, ranks: int, name: str = "weights") -> dict[str, torch.Tensor]:
    return dict(load_file(folder / f"{kind}-on-{ranks}" / f"{name}.safetensors"))


def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[n] - other[n]).abs().max() / one[n].abs().max().clamp(min=1e-12)) for n in one)


def same_is_learned(folder: Path, kind: str, ranks: int) -> None:
    """Loss, gradient norm, weights and moving average are those of one process without DeepSpeed."""
    mine, alone = told(folder, kind, ranks), told(folder, "none", 1)
    assert mine["history"].keys() == alone["history"].keys()
    for name in ("loss", "grad_norm", "lr"):
        name = f"ragged/policy/{name}"
        assert mine["history"][name] == pytest.approx(alone["history"][name], rel=1e-4, abs=1e-6)
    for what in ("weights", "average"):
        assert apart(tensors(folder, "none", 1, what), tensors(folder, kind, ranks, what)) < 1e-5


@pytest.mark.guard
@pytest.mark.parametrize("kind", ["none", "zero2", "zero3"])
def test_two_processes_learn_what_one_does(core: Path, kind: str) -> None:
    """Text alone on one of them, pictures on the other."""
    same_is_learned(core, kind, 2)


@pytest.mark.guard
@pytest.mark.parametrize("kind", ["zero2", "zero3"])
def test_every_rank_runs_the_tower_as_often(core: Path, kind: str) -> None:
    first, second = told(core, kind, 2)["tower_calls"]
    assert first == second > 0


@pytest.mark.parametrize(("kind", "ranks"), [("zero1", 1), ("zero2", 1), ("zero3", 1), ("zero1", 2)])
def test_however_spread_the_same_is_learned(folder: Path, kind: str, ranks: int) -> None:
    same_is_learned(folder, kind, ranks)


# An adapter starts at 0, so its weights are nothing but Adam's steps, in which small gradients count as much as large
# ones, and so does what the order of a sum changes in them.
@pytest.mark.parametrize(("way", "limit"), [("lora", 1e-3), ("checkpointing", 1e-5)])
def test_adapters_and_checkpointing(folder: Path, way: str, limit: float) -> None:
    assert apart(tensors(folder, f"none+{way}", 1), tensors(folder, f"zero3+{way}", 2)) < limit


@pytest.mark.parametrize("kind", ["zero2+bf16", "zero3+bf16"])
def test_bf16_weights_follow_those_in_single_precision(folder: Path, kind: str) -> None:
    near, true = tensors(folder, kind, 2), tensors(folder, "none", 1)
    assert all(x.dtype == torch.bfloat16 for x in near.values())
    assert apart(true, {name: x.float() for name, x in near.items()}) < 0.05


@pytest.mark.parametrize(("kind", "ranks"), [("zero3+zero2", 2), ("zero2+zero3", 2), ("resumed", 1)])
def test_a_run_goes_on_in_another_way(folder: Path, kind: str, ranks: int) -> None:
    """From weights in parts to whole ones and back, and from two processes to one."""
    for what, limit in (("weights", 1e-5), ("average", 1e-5), ("moments", 1e-3)):
        assert apart(tensors(folder, "none", 1, what), tensors(folder, kind, ranks, what)) < limit


def test_files_are_those_of_one_process(folder: Path) -> None:
    from transformers import AutoModelForImageTextToText

    place = next((folder / "moved-zero3-on-2" / "checkpoints").iterdir()) / "policy"
    _, info = AutoModelForImageTextToText.from_pretrained(place, output_loading_info=True)
    assert not any(info.values())
