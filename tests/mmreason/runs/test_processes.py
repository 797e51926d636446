"""Real processes: the same run on one and on two, and one that goes on with another number of them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

ROOT = Path(__file__).parents[3]
WORDS = ["grpo", "--tasks", "sums", "--steps", "2", "--groups", "5", "--minibatch", "3", "--group-size", "4"]
WORDS += ["--limit", "16", "--threads", "1", "--save-every", "1", "--keep", "-1", "--quiet"]
SCRIPT = "import sys; from mmreason.cli.main import main; sys.exit(main(sys.argv[1:]))"


def train(home: Path, ranks: int, *more: str) -> subprocess.CompletedProcess[str]:
    """Start a run in ``home`` on so many processes."""
    script = home.parent / "train.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(SCRIPT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(ranks), "--master-port", str(port)]
    words = [*(launch if ranks > 1 else [sys.executable]), str(script), "train", *WORDS]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*words, "--out", str(home.parent), "--name", home.name, *more],
        cwd=home.parent, env=env, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def weights(home: Path, step: int = 2) -> dict[str, torch.Tensor]:
    return dict(load_file(home / "checkpoints" / f"step_{step:06d}" / "policy" / "model.safetensors"))


def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    return max(float((one[name] - other[name]).abs().max() / one[name].abs().max()) for name in one)


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("processes")
    homes = {ranks: folder / f"on-{ranks}" for ranks in (1, 2)}
    for ranks, home in homes.items():
        done = train(home, ranks)
        assert done.returncode == 0, done.stderr[-2000:]
    return homes


@pytest.mark.slow
@pytest.mark.guard
def test_two_processes_learn_what_one_does(runs: dict[int, Path]) -> None:
    assert apart(weights(runs[1]), weights(runs[2])) < 1e-5
    alone, both = lines(runs[1]), lines(runs[2])
    assert [line["stage"] for line in alone] == [line["stage"] for line in both]
    for mine, theirs in zip(alone, both, strict=True):
        assert theirs["metrics"] == pytest.approx(mine["metrics"], rel=1e-5, abs=1e-6, nan_ok=True)
    traces = [
        sorted(json.dumps([row["task"], [c["text"] for c in row["completions"]]])
               for row in map(json.loads, (home / "traces" / "train.jsonl").read_text().splitlines()))
        for home in runs.values()
    ]  # fmt: skip
    assert traces[0] == traces[1], "one file holds what all ranks wrote"


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [pytest.param(2, 1, marks=pytest.mark.guard), (1, 2)])
def test_a_run_goes_on_with_another_number_of_processes(
    runs: dict[int, Path], before: int, after: int, tmp_path: Path
) -> None:
    home = tmp_path / "moved"
    shutil.copytree(runs[before], home)
    (home / "summary.json").unlink()
    shutil.rmtree(home / "checkpoints" / "step_000002")
    done = train(home, after, "--resume")
    assert done.returncode == 0, done.stderr[-2000:]
    assert apart(weights(runs[1]), weights(home)) < 1e-5


@pytest.mark.slow
@pytest.mark.guard
def test_what_one_rank_refuses_ends_all_with_one_message(runs: dict[int, Path]) -> None:
    done = train(runs[2], 2)
    assert done.returncode != 0
    assert done.stderr.count("error: ") == 1
    assert done.stderr.count("has a run in it already") == 1
