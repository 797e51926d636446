"""The media store keeps to its budget, and what it let go comes back the same."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from mmreason.models.store import MediaStore
from tests.mmreason.models.scene import SYSTEM, opened, picture
from vision_data.messages import user


def test_the_least_recently_used_goes_first() -> None:
    store = MediaStore(max_bytes=3 * 40)
    for name in "abc":
        store.put(name, torch.zeros(10))
    assert store.find("a") is not None
    store.put("d", torch.zeros(10))
    assert [name in store for name in "abcd"] == [True, False, True, True]
    store.drop(lambda key: key in "ac")
    assert list(store.entries) == ["d"]
    assert store.num_bytes == 40


def test_one_larger_than_the_budget_is_given_but_not_kept() -> None:
    store = MediaStore(max_bytes=40)
    store.put("small", torch.zeros(5))
    assert store.get("large", lambda: torch.ones(100)).sum() == 100
    assert "large" not in store
    assert "small" in store


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=30), st.integers(0, 100))
def test_bytes_are_those_of_the_entries_and_within_the_budget(puts: list[tuple[int, int]], budget: int) -> None:
    store = MediaStore(budget)
    for key, size in puts:
        store.put(key, torch.zeros(size, dtype=torch.uint8))
        assert store.num_bytes == sum(v.numel() for v in store.entries.values()) <= budget


def test_pixels_that_were_let_go_are_decoded_again_and_are_the_same() -> None:
    model, run = opened()
    prompts = [(SYSTEM, user(picture(i), "?")) for i in range(4)]
    spans = [model.runner.encode(p).spans[0] for p in prompts]
    before = [model.runner.encoder.pixels(p, s, 0).clone() for p, s in zip(prompts, spans, strict=True)]
    assert run.ledger.counts["media_decoded"] == 4
    model.runner.store.max_bytes = 2 * before[0].numel() * 4
    model.runner.store.put("one more", torch.zeros(1))
    assert len(model.runner.store.entries) == 2
    again = [model.runner.encoder.pixels(p, s, 0) for p, s in zip(prompts, spans, strict=True)]
    assert run.ledger.counts["media_decoded"] > 4
    assert all(torch.equal(a, b) for a, b in zip(again, before, strict=True))
    assert model.runner.store.num_bytes <= model.runner.store.max_bytes
