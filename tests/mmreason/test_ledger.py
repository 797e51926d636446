"""Seconds are counted once, except those of a stall, which also belong to the phase they lie in."""

from __future__ import annotations

import time

import pytest

from mmreason.ledger import Ledger


def test_a_phase_inside_another_is_not_counted_twice_and_a_stall_is_seen_in_any_phase() -> None:
    ledger = Ledger()
    before = ledger.snapshot()
    with ledger.phase("rollout"):
        with ledger.phase("score"):
            time.sleep(0.01)
        with ledger.stall():
            time.sleep(0.01)
    assert "score" not in ledger.seconds
    assert 0.01 <= ledger.seconds["stall"] < ledger.seconds["rollout"]
    with ledger.stall():
        pass
    assert ledger.since(before)["seconds/stall"] == ledger.seconds["stall"] >= 0.01


def test_a_stall_that_ends_in_an_error_counts() -> None:
    ledger = Ledger()
    with pytest.raises(ValueError, match="damaged"), ledger.stall():
        raise ValueError("damaged")
    assert ledger.seconds["stall"] > 0
