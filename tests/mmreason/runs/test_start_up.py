from __future__ import annotations

import pytest

from mmreason.errors import CheckError
from mmreason.recipe import Stage
from mmreason.rewards.base import Term
from mmreason.runs.start_up import short, something_measured
from mmreason.types import Batch, Progress
from tests.mmreason.fakes import NAN, Tasks, fixed, flat_group, settled


def batch_of(*rows: list[float]) -> Batch:
    """Two terms: the first always measured, the second with these rewards."""
    groups = [flat_group(len(row), id=f"q{i}") for i, row in enumerate(rows)]
    terms = (Term("steady", fixed(*([1.0] * len(row) for row in rows))), Term("judge", fixed(*rows)))
    return settled(groups, terms=terms, progress=Progress(4, 9))


STAGE = Stage(name="learn", tasks=Tasks(), rollout=lambda tasks, scene: [])  # type: ignore[arg-type]


def test_a_term_of_which_a_whole_batch_is_missing_stops_the_run() -> None:
    with pytest.raises(CheckError, match=r"stage 'learn', step 4: nothing was measured of judge"):
        something_measured(STAGE, batch_of([NAN, NAN], [NAN, NAN]))


def test_a_missing_group_or_an_empty_batch_does_not() -> None:
    something_measured(STAGE, batch_of([NAN, NAN], [NAN, 0.0]))
    something_measured(STAGE, batch_of())


@pytest.mark.parametrize(
    ("num", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (4_227_072, "4.23M"),
        (7_615_616_512, "7.62B"),
        (999_400, "999k"),
        (999_999, "1M"),
    ],
)
def test_counts_are_short(num: int, text: str) -> None:
    assert short(num) == text
