"""Numbers that move with the run."""

from __future__ import annotations

import pytest

from mmreason.schedules import Cosine, From, Linear, fraction
from mmreason.types import Progress, Schedule
from tests.mmreason.fakes import close


def along(schedule: Schedule, steps: int = 4) -> list[float]:
    return [Progress(step, steps).at(schedule) for step in range(steps + 1)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Linear(1.0, 0.0), [1, 0.75, 0.5, 0.25, 0]),
        (Linear(0.04, 0.01, end=0.5), [0.04, 0.025, 0.01, 0.01, 0.01]),
        (Linear(2.0, 4.0, start=0.5), [2, 2, 2, 3, 4]),
        (Linear(1.0, 5.0, start=0.5, end=0.5), [1, 1, 5, 5, 5]),
        (Cosine(1.0, 0.0), [1, 0.85355339, 0.5, 0.14644661, 0]),
        (Cosine(0.0, 2.0, start=0.25, end=0.75), [0, 0, 1, 2, 2]),
        (From(2), [0, 0, 1, 1, 1]),
        (From(3, value=0.1), [0, 0, 0, 0.1, 0.1]),
    ],
)
def test_values(schedule: Schedule, expected: list[float]) -> None:
    close(along(schedule), expected)


def test_a_constant_is_a_knob_too() -> None:
    assert Progress(3, 4).at(0.5) == 0.5


def test_a_stage_without_steps_is_at_its_start() -> None:
    assert fraction(Progress(0, 0), 0.0, 1.0) == 0.0
