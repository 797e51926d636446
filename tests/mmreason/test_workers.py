"""Worker processes: an item costs at most itself, and nothing stays behind. Time-outs here are far from both sides."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.worker import Lost
from mmreason.workers import Workers, shared
from tests.mmreason.worker_functions import Prepared, Refuses, child_that_stays, do, draw, process, square

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pool() -> Iterator[Workers]:
    made = Workers(2, timeout=60.0)
    yield made
    made.close()


def alive(pid: int) -> bool:
    """It runs: neither gone nor a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int], patience: int = 200) -> bool:
    for _ in range(patience):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


def reasons(found: list[object]) -> list[object]:
    return [x.why if isinstance(x, Lost) else x for x in found]


def test_values_come_in_order(pool: Workers) -> None:
    assert pool.run(square, range(50)) == [x * x for x in range(50)]
    assert pool.run(square, []) == []
    assert pool.spent.started == 2
    assert pool.spent.items == 50


def test_nothing_starts_before_it_is_needed_and_no_more_than_there_are_items() -> None:
    pool = Workers(8, timeout=60.0)
    assert pool.spent.started == 0
    pool.run(square, [3])
    assert pool.spent.started == 1
    pool.close()


def test_what_dies_costs_itself_only(pool: Workers) -> None:
    items = [0, "exit", 1, "segfault", 2, "raise", "recursion", 3, "lambda", "system exit", 4]
    found = pool.run(do, items)
    lost = ["crash", "crash", "error", "error", "error", "crash"]
    assert reasons(found) == [0, lost[0], 1, lost[1], 2, lost[2], lost[3], 3, lost[4], lost[5], 4]
    assert found[5] == Lost("error", "ValueError: no")
    assert pool.spent.lost == {"crash": 3, "error": 3}
    assert pool.run(square, [5]) == [25], "the pool goes on"


@pytest.mark.parametrize("hang", ["loop", "sleep"])
def test_what_hangs_is_ended(pool: Workers, hang: str) -> None:
    assert reasons(pool.run(do, [hang, 1], timeout=1.0)) == ["time", 1]


def test_memory_is_bounded() -> None:
    pool = Workers(1, timeout=60.0, memory_bytes=1 << 28)
    assert reasons(pool.run(do, ["memory", 1])) == ["memory", 1]
    assert pool.spent.started == 2, "what ran out of memory is not used again"
    pool.close()


def test_what_a_function_prints_is_not_taken_for_an_answer(pool: Workers) -> None:
    assert pool.run(do, ["print", 2]) == ["print", 2]


def test_a_mistake_of_the_users_is_raised_as_without_workers(pool: Workers) -> None:
    with pytest.raises(DataError, match="line 3: no answer"):
        pool.run(do, [1, "data", 2, 3])
    assert pool.run(square, [1, 2, 3]) == [1, 4, 9], "answers to the call that failed are not mixed in"


def test_what_workers_cannot_load_is_said(pool: Workers) -> None:
    with pytest.raises(RecipeError, match="cannot load the function: ValueError"):
        pool.run(Refuses(), [1])
    with pytest.raises(RecipeError, match="pickled"):
        pool.run(lambda x: x, [1])
    with pytest.raises(RecipeError, match="pickled"):
        pool.run(square, [threading.Lock()])  # type: ignore[list-item]
    assert pool.run(square, [4]) == [16]


@pytest.mark.parametrize(
    ("num", "timeout", "memory"), [(0, 1.0, None), (1, 0.0, None), (1, float("inf"), None), (1, 1.0, 0)]
)
def test_numbers_out_of_range_are_refused(num: int, timeout: float, memory: int | None) -> None:
    with pytest.raises(RecipeError, match="Workers"):
        Workers(num, timeout, memory)


def test_values_do_not_depend_on_how_many_work(pool: Workers) -> None:
    one = Workers(1, timeout=60.0)
    assert one.run(draw, range(9)) == pool.run(draw, range(9)) == [one.run(draw, [0])[0]] * 9
    assert pool.run(do, ["alone"]) == [["", "1"]], "no GPU memory, one thread"
    one.close()


def test_a_function_is_prepared_once_in_each_worker(pool: Workers, tmp_path: Path) -> None:
    path = tmp_path / "calls"
    one = Workers(1, timeout=60.0)
    for _ in range(3):
        assert one.run(Prepared(str(path)), [1, 2, 3]) == [2, 3, 4]
    assert path.read_text() == "p"
    one.run(square, [1])
    one.run(Prepared(str(path)), [1])
    assert path.read_text() == "pp", "another function came between"
    one.close()


def test_a_worker_that_died_while_idle_is_replaced(pool: Workers) -> None:
    (pid,) = pool.run(process, [0])
    os.kill(pid, 9)
    assert gone([pid])
    assert pool.run(square, [2, 3]) == [4, 9]


def test_nothing_stays_behind_when_the_pool_goes() -> None:
    pool = Workers(2, timeout=60.0)
    pids = pool.run(process, range(6))
    (grandchild,) = pool.run(child_that_stays, [600.0])
    pool.close()
    assert gone([*pids, grandchild])
    pids = pool.run(process, range(2))
    del pool
    gc.collect()
    assert gone(pids)


PROGRAM = """
import sys, os, threading
from mmreason.workers import Workers
from tests.mmreason.worker_functions import do, process
pool = Workers(2, timeout=600.0)
print(*pool.run(process, range(2)), flush=True)
{then}
"""


def started(then: str, stdin: bool) -> subprocess.Popen[str]:
    program = PROGRAM.format(then=then)
    command = [sys.executable, "-"] if stdin else [sys.executable, "-c", program]
    made = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if stdin:
        assert made.stdin is not None
        made.stdin.write(program)
        made.stdin.close()
    return made


def pids_of(made: subprocess.Popen[str]) -> list[int]:
    assert made.stdout is not None
    return [int(word) for word in made.stdout.readline().split()]


@pytest.mark.parametrize("stdin", [True, False])
def test_no_main_guard_is_needed_and_workers_end_with_their_parent(stdin: bool) -> None:
    made = started("", stdin)
    pids = pids_of(made)
    assert pids
    assert made.wait(60) == 0
    assert gone(pids)


@pytest.mark.parametrize("then", ["os.abort()", "pool.run(do, ['loop', 'sleep'])"])
def test_workers_end_when_their_parent_is_killed_idle_or_busy(then: str) -> None:
    made = started(then, stdin=False)
    pids = pids_of(made)
    assert pids
    time.sleep(0.3)
    made.kill()
    made.wait(60)
    assert gone(pids)


def test_a_function_of_the_script_itself_is_refused_in_one_line() -> None:
    program = "from mmreason.workers import Workers\ndef f(x): return x\nWorkers(1, 9.0).run(f, [1])"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, capture_output=True, check=False)
    assert "defined in the script that is run" in ran.stderr.splitlines()[-1]


def test_after_a_fork_the_workers_stay_with_the_parent(pool: Workers) -> None:
    pids = pool.run(process, range(4))
    program = os.fork()
    if program == 0:
        fine = pool.run(square, [3]) == [9] and not set(pool.run(process, range(4))) & set(pids)
        pool.close()
        os._exit(0 if fine else 1)
    assert os.waitpid(program, 0)[1] == 0
    assert pool.run(square, [4]) == [16]
    assert all(map(alive, set(pids)))


def test_the_shared_pool_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shared(1) is shared(1)
    assert shared(1) is not shared(1, 1 << 30)
    assert shared().num >= 1
