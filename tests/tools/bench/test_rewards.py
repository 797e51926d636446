from __future__ import annotations

from collections import Counter

from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.math_equal import same_math
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.rewards.reasonmap_record import TYPES
from tools.bench.reward_batches import GROUP, PROBLEMS, math_batch, transit_batch
from tools.bench.rewards import measure, told


def test_transit_completions_are_of_every_type_and_right_as_well_as_wrong() -> None:
    batch = transit_batch(512)
    assert {g.task.record["type"] for g in batch.groups} == set(TYPES)
    assert sum(map(len, batch.groups)) == 512
    values = [x for column in ReasonMapAccuracy()(batch) for x in column.tolist()]
    assert 0.2 < sum(values) / 512 < 0.95
    again = transit_batch(512)
    assert [c.text for _, c in batch.pairs()] == [c.text for _, c in again.pairs()]


def test_math_answers_written_in_another_way_are_right_and_the_wrong_ones_wrong() -> None:
    import random

    for build in PROBLEMS:
        for seed in range(20):
            gold, same, others = build(random.Random(seed))
            assert all(same_math(gold, text) is not False for text in (gold, *same)), (gold, same)
            assert all(same_math(gold, text) is not True for text in others), (gold, others)


def test_nearly_all_math_answers_are_compared_without_computer_algebra() -> None:
    pairs = [(task.answer or "", math_answer(c.text) or "") for task, c in math_batch(1024).pairs()]
    found = Counter(same_math(*pair) for pair in pairs)
    assert found[True] > 300
    assert found[False] > 300
    assert found[None] < 80


def test_the_table_tells_what_was_measured() -> None:
    timing = measure("accuracy", transit_batch(2 * GROUP), (ReasonMapAccuracy(),), rounds=1)
    assert timing.completions == 2 * GROUP
    assert timing.seconds > 0
    assert 0 <= timing.parsing <= 1
    assert len(told([timing]).splitlines()) == 3  # heading, the timing, the workers
