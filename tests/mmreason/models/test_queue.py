"""Who is let in when: in order, prompts together, never more than the room."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmreason.models.encoded import Encoded
from mmreason.models.queue import Queue


@dataclass(eq=False)
class Item:
    encoded: Encoded
    need: int


def prompt(length: int) -> Encoded:
    ids = torch.zeros(length, dtype=torch.long)
    return Encoded(ids, ids.expand(3, -1), length, (), "")


def taken(items: list[Item]) -> int:
    prompts = {item.encoded for item in items}
    return len(items) * max(item.need for item in items) + len(prompts) * max(map(len, prompts))


def test_a_worked_example() -> None:
    a, b = prompt(10), prompt(20)
    items = [Item(a, 5), Item(b, 5), Item(a, 7), Item(b, 30), Item(a, 5)]
    queue = Queue(items, 40)
    # 3 rows of at most 7 and a prompt of 10 are 31; with one of b they would be 4 * 7 + 2 * 20
    assert queue.take([]) == [items[0], items[2], items[4]]
    assert queue.take([items[0], items[2]]) == []
    assert len(queue) == 2
    assert queue.take([]) == [items[1]]
    assert queue.take([items[1]]) == []
    assert queue.take([]) == [items[3]]  # 50 in a room of 40: alone
    assert not queue
    assert queue.take([]) == []


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 20)), max_size=20),
    st.integers(1, 120),
    st.randoms(),
)
def test_all_come_once_and_fit(lengths: list[int], asked: list[tuple[int, int]], room: int, rng: object) -> None:
    prompts = [prompt(length) for length in lengths]
    items = [Item(prompts[i % len(prompts)], need) for i, need in asked]
    queue, running, seen = Queue(items, room), [], []
    while queue or running:
        came = queue.take(running)
        assert came or running
        seen += came
        running += came
        assert len(running) == 1 or taken(running) <= room
        running = [item for item in running if rng.random() < 0.5]  # type: ignore[attr-defined]
    assert sorted(map(id, seen)) == sorted(map(id, items))
    first = list(dict.fromkeys(item.encoded for item in items))
    assert seen == sorted(items, key=lambda item: first.index(item.encoded))
