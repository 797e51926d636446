"""A scheduler's signal, heard by one of two processes: both save together, say so by their exit code, and can go on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mmreason.cli.main import main
from mmreason.runs import checkpoint
from tests.mmreason.runs.test_processes import apart, weights

pytestmark = [pytest.mark.slow, pytest.mark.guard]
ROOT = Path(__file__).parents[3]
WORDS = ["grpo", "--tasks", "sums", "--steps", "2", "--groups", "4", "--minibatch", "2", "--group-size", "4"]
WORDS += ["--limit", "8", "--threads", "1", "--quiet", "--background", "--stop-on", "USR1"]
SCRIPT = """
import os, sys
from mmreason.cli.main import main
from mmreason.engine import Silent
from mmreason.runs import driver

class Send(Silent):
    def updated(self, run, stage):
        if run.updates == 3 and run.across.rank == int(os.environ["HEARS"]):
            os.kill(os.getpid(), int(os.environ["SIGNUM"]))

train = driver.train_recipe
driver.train_recipe = lambda *args, **options: train(*args, **options, observers=[Send()])
sys.exit(main(sys.argv[1:]))
"""


def train(home: Path, ranks: int, hears: int, signum: int) -> list[int]:
    """Exit codes of so many processes, one of which gets a signal after its third update."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = [sys.executable, "-c", SCRIPT, "train", *WORDS, "--out", str(home.parent), "--name", home.name, "--resume"]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "HEARS": str(hears), "SIGNUM": str(signum)}
    if ranks > 1:
        env |= {"WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    started = [
        subprocess.Popen(words, env=env | {"RANK": str(rank), "LOCAL_RANK": str(rank)}, cwd=home.parent)
        for rank in range(ranks)
    ]
    try:
        return [process.wait(240) for process in started]
    finally:
        for process in started:
            process.kill()


@pytest.mark.parametrize(("ranks", "signum", "hears"), [(2, signal.SIGUSR1, 1), (1, signal.SIGTERM, 0)])
def test_a_signal_to_any_rank_stops_all_at_the_same_update(tmp_path: Path, ranks: int, signum: int, hears: int) -> None:
    home, whole = tmp_path / "run", tmp_path / "whole"
    assert train(home, ranks, hears, signum) == [75] * ranks
    newest = checkpoint.newest_intact(home, lambda text: pytest.fail(text))
    assert newest is not None
    assert newest.name == "step_000001_update_001"
    go_on = ["--out", str(tmp_path), "--resume"]
    assert main(["train", *WORDS, "--name", "run", *go_on]) == 0
    assert main(["train", *WORDS, "--name", "whole", *go_on]) == 0
    assert apart(weights(whole), weights(home)) < (1e-5 if ranks > 1 else 1e-12)
