from __future__ import annotations

from collections import Counter

from vision_data.generators.seeds import derive, rng_for, spread


def test_derived_seeds_are_fixed_and_differ_by_every_part():
    assert derive("a", 1) == derive("a", 1) < 2**48
    assert len({derive("a", 1), derive("a", 2), derive("b", 1), derive("a", 1, 0)}) == 4


def test_spread_gives_every_value_equally_often_up_to_one():
    drawn = Counter(spread(rng_for("x"), "abc", 11))
    assert sum(drawn.values()) == 11
    assert set(drawn.values()) == {3, 4}
    assert spread(rng_for("x"), [], 3) == []
    assert spread(rng_for("x"), [1, 2], 0) == []
