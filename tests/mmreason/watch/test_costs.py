"""Rates and memory of a step."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from mmreason.asks import POLICY
from mmreason.ledger import Ledger
from mmreason.watch.costs import memory, mfu, peak_of, rates


def test_rates_are_tokens_over_the_seconds_of_their_own_work() -> None:
    run = SimpleNamespace(models={})
    spent = {"sampled_tokens": 300, "seconds/rollout": 2.0, "trained_tokens": 900, "seconds/learn": 3.0}
    told = rates(run, spent, 10.0)
    assert (told["generated_tokens_per_s"], told["trained_tokens_per_s"]) == (150.0, 300.0)
    assert "mfu" not in told, "no device, no peak"
    assert "generated_tokens_per_s" not in rates(run, {"sampled_tokens": 0, "seconds/rollout": 1.0}, 10.0)


def test_mfu_needs_a_device_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(models={POLICY: SimpleNamespace(core=torch.nn.Linear(10, 9))})  # 99 parameters
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA A100-SXM4-80GB")
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 5)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 7)
    spent = {"prompt_tokens": 10, "completion_tokens": 10, "trained_tokens": 10}
    told = rates(run, spent, 2.0)
    assert told["mfu"] == pytest.approx((2 * 99 * 20 + 4 * 99 * 10) / (2.0 * 312e12))
    assert (told["memory/allocated"], told["memory/reserved"]) == (5.0, 7.0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "unheard of")
    assert "mfu" not in rates(run, spent, 2.0)
    assert mfu(1, {}, 1.0, 1.0) == 0


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA GB200", 2.5e15),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA L4", 121e12),
        ("CPU", None),
    ],
)
def test_the_nearest_name_counts(name: str, peak: float | None) -> None:
    assert peak_of(name) == peak


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_resident_memory_grows_with_what_is_held() -> None:
    before = memory()["memory/host"]
    held = bytearray(64 << 20)
    held[::4096] = b"x" * len(held[::4096])
    assert memory()["memory/host"] - before > 32 << 20


def test_trained_tokens_are_those_of_updates_and_learning_goes_around_its_phases() -> None:
    ledger = Ledger()
    beats = ledger.beats
    with ledger.phase("score"):
        ledger.add("prompt_tokens", 5)
    with ledger.around("learn"), ledger.phase("update"):
        ledger.add("prompt_tokens", 7)
        ledger.add("completion_tokens", 8)
        ledger.add("patches", 9)
    assert ledger.counts["trained_tokens"] == 15
    assert ledger.beats == beats + 8
    assert ledger.seconds["learn"] >= ledger.seconds["update"]
