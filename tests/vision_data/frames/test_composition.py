"""Selectors made of selectors: chains, unions and budgets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.frames import (
    Budget,
    Chain,
    Every,
    Fps,
    FrameSelector,
    KeyFrames,
    LookingSelector,
    Picked,
    SceneChange,
    TimeRange,
    Uniform,
    Union,
    select,
)
from vision_data.frames.shrink import look_in


@dataclass(frozen=True)
class Brightest(LookingSelector):
    """The brightest frames, scored by their brightness."""

    def choose(self, proxies):
        means = proxies.luma.mean(axis=(1, 2))
        best = sorted(np.argsort(-means, kind="stable")[: self.num].tolist())
        return [proxies.picked(i, f"brightness {means[i]:.0f}", means[i]) for i in best]


@dataclass(frozen=True)
class Scored(FrameSelector):
    """These frames with these scores."""

    scores: tuple[tuple[int, float], ...]
    name: str = "scored"

    def pick(self, num_frames, fps):
        return [index for index, _ in self.scores]

    def choose_from(self, footage):
        return [Picked(index, self.name, score) for index, score in self.scores]


def test_a_chain_narrows_step_by_step():
    assert select(Chain((TimeRange(2.0, 4.0), Uniform(3))), 100, 10.0).indices == (20, 30, 40)
    assert select(Chain((Uniform(3),)), 5, 1.0).indices == (0, 2, 4)
    # One frame a second of frames 20 to 60 at 10 a second: 4.1 seconds give 4.
    assert select(Chain((TimeRange(2.0, 6.0), Fps(1.0))), 100, 10.0).indices == (20, 33, 47, 60)
    # Two a second were left by the first, of which the second keeps one a second.
    assert len(select(Chain((Fps(2.0), Fps(1.0))), 100, 10.0)) == 10


def test_a_chain_tells_all_reasons_and_the_last_score():
    video = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    chain = Chain((Brightest(20), Brightest(1), Uniform(4)))
    found = select(chain, 40, 10.0, look_in(video))
    assert found.indices == (39,)
    assert found.reasons == ("brightness 39; brightness 39; 1 of 1, evenly spaced",)
    assert found.scores == (pytest.approx(39.0),)
    # Of frames 10 to 20 four are looked at, twice as many as are wanted: 10, 13, 17 and 20.
    late = select(Chain((TimeRange(1.0, 2.0), Brightest(2))), 40, 10.0, look_in(video))
    assert (late.indices, late.looked) == ((17, 20), (10, 13, 17, 20))


def test_a_range_in_a_chain_is_measured_by_the_whole_video():
    # Of the one frame that is left, at 0.4 s, the range keeps the nearest: it lies within the video.
    assert select(Chain((Uniform(1), TimeRange(0.8, 0.9))), 10, 10.0).indices == (4,)
    with pytest.raises(MediaError, match="ends at 1"):
        select(Chain((Uniform(1), TimeRange(3.0, 4.0))), 10, 10.0)


def test_key_frames_after_a_range():
    chain = Chain((TimeRange(0.5, 2.0), KeyFrames(8)))
    assert select(chain, 40, 10.0, keys=lambda: [0, 12, 24]).indices == (12,)


def test_a_union_without_limit_joins_reasons():
    found = select(Union((Uniform(2), Uniform(3))), 5, 1.0)
    assert found.indices == (0, 2, 4)
    assert found.reasons == (
        "1 of 2, evenly spaced; 1 of 3, evenly spaced",
        "2 of 3, evenly spaced",
        "2 of 2, evenly spaced; 3 of 3, evenly spaced",
    )


FIRST = Scored(((0, 1.0), (4, 3.0), (8, 2.0)), "first")
SECOND = Scored(((1, 0.5), (4, 0.1), (9, 0.9)), "second")


def test_a_union_over_its_budget():
    # In turns: 4 (3.0), 9 (0.9), 8 (2.0), 1 (0.5), 0, and 4 again.
    assert select(Union((FIRST, SECOND), 3), 10, 1.0).indices == (4, 8, 9)
    assert select(Union((FIRST, SECOND), 4), 10, 1.0).indices == (1, 4, 8, 9)
    # In order: 4, 8, 0 of the first and then 9.
    assert select(Union((FIRST, SECOND), 2, "order"), 10, 1.0).indices == (4, 8)
    filled = select(Union((FIRST, SECOND), 4, "order"), 10, 1.0)
    assert filled.indices == (0, 4, 8, 9)
    assert (filled.reasons[1], filled.scores[1]) == ("first; second", 3.0)
    # Two seconds apart: 4, then 9; 8 is too near to 9; then 1, and 0 is too near to that.
    assert select(Union((FIRST, SECOND), gap=2.0), 10, 1.0).indices == (1, 4, 9)


def test_a_union_without_scores_stays_spread():
    # Seven even frames are given from the middle outwards.
    assert select(Union((Uniform(7),), 3), 13, 1.0).indices == (2, 6, 10)


def test_scenes_filled_up_with_even_frames():
    levels = np.repeat([0, 200], [10, 30]).astype(np.uint8)
    video = levels[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
    filled = Union((SceneChange(8, proxy_fps=10.0), Uniform(8)), 8, "order")
    found = select(filled, 40, 10.0, look_in(video))
    assert len(found) == 8
    assert {0, 10} <= set(found.indices)
    assert sum("scene" in reason for reason in found.reasons) == 2


def test_a_budget_keeps_the_best_or_an_even_spread():
    assert select(Budget(FIRST, 2), 10, 1.0).indices == (4, 8)
    assert select(Budget(FIRST, 16), 10, 1.0).indices == (0, 4, 8)
    assert select(Budget(Every(), 3), 9, 1.0).indices == (0, 4, 8)


def test_a_budget_leaves_no_odd_frame():
    assert select(Budget(FIRST, 16, multiple=2), 10, 1.0).indices == (4, 8)
    assert select(Budget(Every(), 5, multiple=2), 9, 1.0).indices == (0, 3, 5, 8)
    assert select(Budget(Every(), 4, multiple=4), 3, 1.0).indices == (0, 1, 2)


def test_lists_of_selectors_become_tuples():
    assert Chain([Uniform(2)]) == Chain((Uniform(2),))
    assert hash(Union([Uniform(2)])) == hash(Union((Uniform(2),)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Chain(()), "at least one frame selector"),
        (lambda: Chain((3,)), "at least one frame selector"),
        (lambda: Chain(Uniform(3)), "at least one frame selector"),
        (lambda: Union(()), "at least one frame selector"),
        (lambda: Union((Uniform(2),), 0), "num is 0"),
        (lambda: Union((Uniform(2),), priority="random"), "priority is 'random'"),
        (lambda: Union((Uniform(2),), gap=float("nan")), "gap is nan"),
        (lambda: Budget(3), "selector is 3"),
        (lambda: Budget(Uniform(2), 0), "num 0"),
        (lambda: Budget(Uniform(2), 2, 3), "multiple 3"),
    ],
)
def test_impossible_settings_are_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()
