"""Reading ahead: each medium once, in order, within its share of memory; errors wait; wrong hints leave no trace."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import torch
from torch import Tensor

from mmreason.models.ahead import ReadAhead
from mmreason.models.encoded import MediaSpan
from vision_data.errors import MediaError


class Shelf:
    """Media by name; each is read when its gate is opened, and says in which thread that was."""

    def __init__(self, size: int = 10, shut: str = "", bad: str = "") -> None:
        self.size, self.bad = size, bad
        self.gates = {name: threading.Event() for name in shut}
        self.read: list[str] = []
        self.begun = threading.Semaphore(0)
        self.threads: set[int] = set()
        self.at_once, self.most = 0, 0
        self.lock = threading.Lock()

    def __call__(self, name: str) -> tuple[MediaSpan, Tensor]:
        with self.lock:
            self.read.append(name)
            self.threads.add(threading.get_ident())
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.begun.release()
        if name in self.gates:
            assert self.gates[name].wait(30)
        with self.lock:
            self.at_once -= 1
        if name in self.bad:
            raise MediaError(f"{name} is damaged")
        return MediaSpan("image", 0, 1, (1, 2, 2), name), torch.zeros(self.size, dtype=torch.uint8)


def settled(ahead: ReadAhead[str]) -> ReadAhead[str]:
    """The same once its threads have nothing more to do."""
    for thread in [t for t in threading.enumerate() if t.name == "read-ahead"]:
        thread.join(30)
    return ahead


def taken(ahead: ReadAhead[str], name: str) -> str | None:
    found = ahead.take(name)
    return found and found[0].key


def test_what_is_expected_is_read_once_in_order_and_in_other_threads() -> None:
    shelf = Shelf()
    ahead = ReadAhead(shelf, 1, 1000)
    ahead.expect("policy", "abcab")
    settled(ahead)
    assert shelf.read == ["a", "b", "c"]
    assert threading.get_ident() not in shelf.threads
    assert [taken(ahead, name) for name in "abc"] == ["a", "b", "c"]
    assert [taken(ahead, name) for name in "abc"] == [None] * 3
    assert ahead.num_bytes == 0
    assert shelf.read == ["a", "b", "c"]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_no_more_are_in_flight_than_there_are_workers(workers: int) -> None:
    shelf = Shelf(shut="abcdef")
    ahead = ReadAhead(shelf, workers, 1000)
    ahead.expect("policy", "abcdef")
    for _ in range(workers):
        assert shelf.begun.acquire(timeout=30)
    assert sorted(shelf.read) == list("abcdef"[:workers])
    for gate in shelf.gates.values():
        gate.set()
    settled(ahead)
    assert sorted(shelf.read) == list("abcdef")
    assert shelf.most == workers


def test_without_workers_nothing_is_read_ahead() -> None:
    shelf = Shelf()
    ahead = ReadAhead(shelf, 0, 1000)
    ahead.expect("policy", "abc")
    assert ahead.take("a") is None
    assert shelf.read == []


def test_who_asks_for_one_in_flight_waits_for_it() -> None:
    shelf = Shelf(shut="a")
    ahead = ReadAhead(shelf, 1, 1000)
    ahead.expect("policy", "a")
    assert shelf.begun.acquire(timeout=30)
    threading.Timer(0.05, shelf.gates["a"].set).start()
    assert taken(ahead, "a") == "a"
    assert shelf.read == ["a"]


def test_one_that_is_awaited_is_kept_though_nobody_expects_it_any_more() -> None:
    shelf = Shelf(shut="a")
    ahead = ReadAhead(shelf, 1, 1000)
    ahead.expect("policy", "a")
    assert shelf.begun.acquire(timeout=30)
    ahead.expect("policy", "")
    threading.Timer(0.05, shelf.gates["a"].set).start()
    assert taken(ahead, "a") == "a"
    assert ahead.unused() == 0


def test_one_that_is_asked_for_before_its_turn_is_left_to_who_asks() -> None:
    shelf = Shelf(shut="a")
    ahead = ReadAhead(shelf, 1, 1000)
    ahead.expect("policy", "ab")
    assert shelf.begun.acquire(timeout=30)
    assert ahead.take("b") is None
    shelf.gates["a"].set()
    settled(ahead)
    assert shelf.read == ["a"]


def test_what_waits_keeps_to_its_share_and_goes_on_when_it_is_taken() -> None:
    shelf = Shelf(size=10)
    ahead = ReadAhead(shelf, 1, 25)
    ahead.expect("policy", "abcd")
    settled(ahead)
    assert shelf.read == ["a", "b"]
    assert ahead.num_bytes == 20
    assert taken(ahead, "a") == "a"
    settled(ahead)
    assert shelf.read == ["a", "b", "c"]
    assert ahead.num_bytes == 20


def test_one_larger_than_the_share_is_read_when_nothing_else_waits() -> None:
    shelf = Shelf(size=100)
    ahead = ReadAhead(shelf, 1, 25)
    ahead.expect("policy", "abc")
    settled(ahead)
    assert shelf.read == ["a"]
    assert taken(ahead, "a") == "a"
    settled(ahead)
    assert shelf.read == ["a", "b"]


def test_a_hint_that_turned_out_wrong_leaves_nothing_but_a_count() -> None:
    shelf = Shelf(shut="b", bad="c")
    ahead = ReadAhead(shelf, 3, 1000)
    ahead.expect("policy", "abc")
    for _ in range(3):
        assert shelf.begun.acquire(timeout=30)
    ahead.expect("policy", "d")  # a and c may be done, b is in flight: none of them is wanted any more
    shelf.gates["b"].set()
    settled(ahead)
    assert list(ahead.done) == ["d"]
    assert ahead.num_bytes == 10
    assert ahead.unused() == 2  # the damaged one gave nothing
    assert ahead.unused() == 0
    ahead.expect("policy", "")
    assert ahead.num_bytes == 0


def test_an_error_waits_for_who_asks_and_is_the_one_that_was_raised() -> None:
    shelf = Shelf(bad="b")
    ahead = ReadAhead(shelf, 1, 1000)
    ahead.expect("policy", "abc")
    settled(ahead)
    assert shelf.read == ["a", "b", "c"]
    assert taken(ahead, "c") == "c"
    with pytest.raises(MediaError, match=r"^b is damaged$"):
        ahead.take("b")
    assert ahead.take("b") is None
    assert taken(ahead, "a") == "a"


def test_two_who_expect_share_what_is_read() -> None:
    shelf = Shelf()
    ahead = ReadAhead(shelf, 1, 1000)
    ahead.expect("policy", "ab")
    ahead.expect("reference", "bc")
    settled(ahead)
    assert [taken(ahead, name) for name in "abc"] == ["a", "b", "c"]
    ahead.expect("policy", "d")  # what the reference expected was taken: it is not read again
    settled(ahead)
    assert sorted(shelf.read) == ["a", "b", "c", "d"]


def test_torch_keeps_its_number_of_threads() -> None:
    def large(name: str) -> tuple[MediaSpan, Tensor]:
        return MediaSpan("image", 0, 1, (1, 2, 2), name), torch.rand(1 << 18).mul_(2).sqrt_()

    before = torch.get_num_threads()
    ahead = ReadAhead(large, 2, 1 << 30)
    ahead.expect("policy", "abcd")
    settled(ahead)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_order_of_hints_and_questions_reads_right_and_keeps_count(workers: int) -> None:
    shelf = Shelf(size=3)
    ahead = ReadAhead(shelf, workers, 40)
    generator = torch.Generator().manual_seed(workers)

    def some(least: int) -> list[str]:
        order = torch.randperm(20, generator=generator).tolist()
        return ["abcdefghijklmnopqrst"[i] for i in order[: least + order[-1] % 6]]

    asked, inline = 0, 0
    for _ in range(200):
        ahead.expect("policy", some(0))
        for name in some(1):
            found = taken(ahead, name)
            assert found in (name, None)
            asked, inline = asked + 1, inline + (found is None)
    ahead.expect("policy", ())
    settled(ahead)
    assert ahead.num_bytes == 0
    assert not ahead.done
    assert len(shelf.read) + inline == asked + ahead.unused()


def test_the_program_ends_while_media_wait() -> None:
    program = """
import torch, time
from mmreason.models.ahead import ReadAhead
def read(name):
    time.sleep(0.2)
    return None, torch.zeros(1)
ReadAhead(read, 2, 1 << 30).expect("policy", range(10_000))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=400, check=False)
    assert (done.returncode, done.stderr) == (0, "")
