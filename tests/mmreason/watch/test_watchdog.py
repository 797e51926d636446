"""When a silence is too long, and what a hang leaves behind; the last test starts two real processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from mmreason.engine import Silent
from mmreason.errors import RecipeError
from mmreason.recipe import Stage
from mmreason.run import Run
from mmreason.runs.log_file import finite
from mmreason.runs.plain_file import read_plain
from mmreason.watch.alive import Heartbeats
from mmreason.watch.records import record_of, records_of
from mmreason.watch.watch import Watch
from mmreason.watch.watchdog import HUNG, Patience, Sign, WatchDog
from mmreason.watch.where import meets, place_of
from tests.mmreason.fakes import task
from tests.mmreason.runs.world import Pictures, recipe
from tests.mmreason.watch.world import watched

DOG = WatchDog(least=10.0, first=100.0, scale=3.0, tick=20.0)


def sign(count: int, phase: str = "rollout", waits: bool = False) -> Sign:
    return Sign((count,), phase, waits, "models/sampler.py:96 generate")


def test_a_new_phase_has_more_time_than_one_that_was_gone_through() -> None:
    patience = Patience(DOG)
    assert [patience.look(sign(0), now) for now in (0.0, 99.0)] == [None, None]
    assert patience.look(sign(0), 101.0) is not None
    patience = Patience(DOG)
    for count, now in enumerate((0.0, 1.0, 5.0)):
        assert patience.look(sign(count), now) is None
    assert patience.look(sign(2), 16.0) is None, "three times the longest silence, which was 4 s"
    hang = patience.look(sign(2), 17.5)
    assert hang is not None
    assert (hang.phase, hang.seconds, hang.limit) == ("rollout", 12.5, 12.0)


def test_each_phase_has_a_limit_of_its_own() -> None:
    patience = Patience(DOG)
    for now, found in ((0.0, sign(0)), (50.0, sign(1)), (50.5, sign(2, "optimiser")), (51.0, sign(3, "optimiser"))):
        assert patience.look(found, now) is None
    assert patience.look(sign(3, "optimiser"), 62.0) is not None
    assert Patience(DOG).spec.limit(50.0) == 150.0


def test_who_waits_is_not_to_blame_while_another_rank_moves_and_outlives_it() -> None:
    patience = Patience(DOG)
    for count, now in ((0, 0.0), (1, 1.0)):
        patience.look(sign(count, "meeting", waits=True), now)
    for now in range(2, 500, 8):
        assert patience.look(sign(1, "meeting", waits=True), float(now), others=True) is None
    last = float(now)
    assert patience.look(sign(1, "meeting", waits=True), last + 40.0, others_limit=40.0) is None
    assert patience.look(sign(1, "meeting", waits=True), last + 89.0, others_limit=40.0) is not None


def test_a_process_that_was_stopped_is_not_to_blame_for_the_time() -> None:
    patience = Patience(DOG)
    for count, now in ((0, 0.0), (1, 1.0)):
        patience.look(sign(count), now)
    assert patience.look(sign(1), 1000.0) is None
    assert patience.look(sign(1), 1009.0) is None
    assert patience.look(sign(1), 1011.0) is not None


def test_settings_that_bite_at_once_are_refused() -> None:
    for wrong in ({"least": 0.0}, {"scale": 0.5}, {"tick": -1.0}):
        with pytest.raises(RecipeError, match="positive seconds"):
            WatchDog(**wrong)


def test_heartbeats_tell_who_moves(tmp_path: Path) -> None:
    mine, other = Heartbeats(tmp_path, 0, 3), Heartbeats(tmp_path, 2, 3)
    assert not mine.hear()
    other.tell({"count": [1], "limit": 7.0, "phase": "rollout"})
    assert [mine.hear(), mine.hear()] == [True, False]
    other.tell({"count": [2], "limit": 9.0})
    assert mine.hear()
    assert (mine.limit(), mine.last[2]["rank"]) == (9.0, 2)
    other.path(2).write_text("{half")
    assert not mine.hear()
    mine.tell({})
    mine.end()
    assert other.path(2).exists()
    other.end()
    assert list(tmp_path.iterdir()) == []


def test_the_line_that_runs_is_told_from_outside() -> None:
    barrier = threading.Barrier(2)

    class Waits(dict[str, Any]):
        def items(self) -> Any:
            barrier.wait()
            barrier.wait()
            return {}.items()

    thread = threading.Thread(target=lambda: finite(Waits()), daemon=True)
    thread.start()
    barrier.wait()
    assert thread.ident
    place, waits = place_of(thread.ident), meets(thread.ident)
    barrier.wait()
    thread.join()
    assert place.startswith("runs/log_file.py:")
    assert place.endswith(" finite")
    assert not waits
    assert place_of(thread.ident) == "", "it has ended"


def test_records_are_told_with_the_sizes_of_their_media(tmp_path: Path) -> None:
    told = records_of([Pictures().task(0), Pictures().task(1)], {})
    assert told[0] == {"id": "t0", "media": [{"kind": "video", "frames": 2}, {"kind": "image", "bytes": 67}]}
    many = records_of([task(f"q{i}") for i in range(300)], {})
    assert (len(many), many[-1]) == (257, {"more": 44})

    class Span:
        grid, length, frames = (1, 4, 6), 6, ()

    class Known:
        spans = (Span(), Span())

        def __len__(self) -> int:
            return 40

    one = Pictures().task(1)
    assert record_of(one, {one.prompt: Known()})["media"] == [
        {"kind": "image", "bytes": 67, "grid": [1, 4, 6], "tokens": 6}
    ]


def test_a_run_that_ends_leaves_no_heartbeat_and_no_timer(tmp_path: Path) -> None:
    run, _ = watched(recipe(1), tmp_path, Watch(guards=(), dog=WatchDog(tick=0.01)))
    assert run.stage == 2
    assert not (tmp_path / "alive").exists()
    assert not (tmp_path / "alarms").exists()


STUCK = threading.Event()


class Hangs(Silent):
    """Never comes back, between the updates of the second step."""

    def updated(self, run: Run, stage: Stage) -> None:
        while run.updates == 6 and run.across.rank == run.across.num - 1:
            STUCK.set()
            time.sleep(1)


class Eager(WatchDog):
    """Bites a second after the hang, and never before it, however slow the machine is."""

    def limit(self, longest: float | None) -> float:
        return 1.0 if STUCK.is_set() else 600.0


def work(home: str, rank: int, num: int, port: int) -> None:
    """A run on one of several processes, which hangs in the last of them."""
    import torch

    from mmreason.cli.main import guarded
    from mmreason.ranks import join

    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(num), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.dup2(os.open(Path(home) / f"said_{rank}.txt", os.O_WRONLY | os.O_CREAT), 2)
    across, dog = join(), Eager(tick=0.2)

    def run() -> int:
        watched(recipe(), Path(home), Watch(dog=dog), observers=(Hangs(),), across=across)
        return 0

    os._exit(guarded(run))


def hung(home: Path, num: int) -> list[int]:
    """Run it; gives the exit codes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    ranks = [context.Process(target=work, args=(str(home), rank, num, port)) for rank in range(num)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join(200)
    codes = [process.exitcode for process in ranks]
    for process in ranks:
        if process.is_alive():
            process.kill()
    return [-1 if code is None else code for code in codes]


@pytest.mark.slow
@pytest.mark.guard
@pytest.mark.parametrize("num", [1, 2])
def test_a_rank_that_never_comes_back_is_named_and_leaves_its_batch(tmp_path: Path, num: int) -> None:
    (tmp_path / "checkpoints").mkdir()
    assert hung(tmp_path, num) == [HUNG] * num
    name = f"step_000002_hang_rank_{num - 1}"
    told = json.loads((tmp_path / "alarms" / f"{name}.json").read_text())
    assert (told["rank"], told["stage"], told["phase"]) == (num - 1, "first", "learning: between model calls")
    assert told["place"].startswith("runs/driver.py:")
    assert told["place"].endswith(" updated")
    assert all(record["id"].startswith("t") and record["media"] for record in told["records"])
    said = (tmp_path / f"said_{num - 1}.txt").read_text()
    assert f"error: rank {num - 1}: no sign of life for " in said
    assert f"working on {told['records'][0]['id']}" in said
    assert "in updated" in (tmp_path / "alarms" / f"{name}.stacks.txt").read_text()
    groups = read_plain(tmp_path / "alarms" / f"{name}.pt")["batch"]["groups"]
    assert [group["task"]["id"] for group in groups] == [record["id"] for record in told["records"]]
    assert all(len(group["completions"]) == 4 for group in groups)
    if num == 2:
        waited = json.loads(next((tmp_path / "alarms").glob("*_rank_0.json")).read_text())
        assert "error" in waited
        assert "rank 0" in (tmp_path / "said_0.txt").read_text()
