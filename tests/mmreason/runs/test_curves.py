from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mmreason.runs.curves import borders, draw, exam_points, series, smoothed


def line(step: int, stage: str = "a", kind: str = "step", **metrics: Any) -> dict[str, Any]:
    told = {f"{stage}/{name.replace('__', '/')}": value for name, value in metrics.items()}
    return {"kind": kind, "stage": stage, "step": step, "metrics": told}


def test_smoothing_is_a_mean_of_neighbours_that_skips_what_is_missing() -> None:
    assert smoothed([1, 3, 8, 8], 1) == [2, 4, 19 / 3, 8]
    assert smoothed([5.0] * 9, 4) == [5.0] * 9
    assert smoothed([], 3) == []
    assert smoothed([1, math.nan, 3], 1) == [1, 2, 3]
    assert all(map(math.isnan, smoothed([math.nan] * 3, 1)))


def test_a_series_goes_over_all_stages_and_leaves_out_null_and_exams() -> None:
    lines = [
        line(0, "x", "exam", reward=9.0),
        line(1, "a", reward=0.1),
        line(2, "a", reward=None),
        line(3, "b", reward=0.3, policy__loss=1.0),
    ]
    assert series(lines, ("reward",)) == ([1, 3], [0.1, 0.3])
    assert series(lines, ("missing", "policy/loss")) == ([3], [1.0])


def test_stages_are_told_by_their_first_and_last_step() -> None:
    lines = [line(1, "a"), line(2, "a"), line(2, "m", "survey"), line(3, "b"), line(4, "b")]
    assert borders(lines) == [("a", 1, 2), ("b", 3, 4)]


def test_exams_are_averaged_over_their_steps() -> None:
    lines = [
        line(0, "e", "exam", accuracy=0.2), line(0, "e", "exam", accuracy=0.4), line(5, "e", "exam", accuracy=0.9),
        line(5, "f", "exam", accuracy=None),
    ]  # fmt: skip
    (points,) = exam_points(lines, "accuracy").values()
    assert [step for step, _ in points] == [0, 5]
    assert math.isclose(points[0][1], 0.3)


def test_nothing_to_draw_draws_nothing(tmp_path: Path) -> None:
    assert not draw([], tmp_path / "c.png")
    assert not draw([line(1, other=1.0)], tmp_path / "c.png")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_has_a_panel_for_each_metric_there_is(tmp_path: Path) -> None:
    from PIL import Image

    lines = [line(i, reward=i / 9, policy__loss=0.0, accuracy=None) for i in range(1, 9)]
    assert draw(lines, tmp_path / "two.png", "run")
    more = [line(1, reward=1.0, accuracy=1.0, policy__kl=0.0, length=3.0), line(1, "e", "exam", accuracy=0.5)]
    assert draw(more, tmp_path / "four.png")
    two, four = Image.open(tmp_path / "two.png"), Image.open(tmp_path / "four.png")
    assert two.width == four.width
    assert two.height < four.height
