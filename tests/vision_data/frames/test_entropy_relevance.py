"""Entropy-calibrated relevance: the worked example of the paper's code, and its edges."""

from __future__ import annotations

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.frames import EntropyRelevance, select
from vision_data.frames.shrink import look_in


def mean_level(inputs):
    """Frames by (mean, 255 - mean); any text by the first axis, so that light frames are near to it."""
    if isinstance(inputs, list):
        return np.array([[1.0, 0.0]] * len(inputs))
    means = inputs.reshape(len(inputs), -1).mean(axis=1)
    return np.stack([means, 255 - means], axis=1)


def ecrs(**settings):
    return EntropyRelevance(**{"query": "light", "embed": mean_level, "min_frames": 1} | settings)


def test_entropy_relevance_of_the_paper_card():
    near, detail = [0.2, 0.3, 0.25, 0.1], [5.0, 6.0, 7.0, 4.0]
    # Scaled: (.5, 1, .75, 0) and (1/3, 2/3, 1, 0); products (1/6, 2/3, 3/4, 0); over 3/4.
    assert ecrs().weights(near, detail) == pytest.approx([0.22222222, 0.88888889, 1.0, 0.0])
    # Round 1 keeps 0, 1, 2; round 2 weighs (0, 1, 1) and keeps 1, 2; in round 3 all weights are 0, and it ends.
    assert ecrs().keep(near, detail) == ([1, 2], [1, 2, 2, 0])
    assert ecrs(max_iter=1).keep(near, detail)[0] == [0, 1, 2]
    assert ecrs(max_iter=0).keep(near, detail)[0] == [0, 1, 2, 3]
    # Three wanted: 1 and 2 are left, and the best three of the first round are 2, 1, 0.
    assert ecrs(min_frames=3).keep(near, detail)[0] == [0, 1, 2]
    assert ecrs(min_frames=9).keep(near, detail)[0] == [0, 1, 2, 3]
    # A threshold of 0.23 grows to 0.9 in the second round, which both of its frames pass.
    assert ecrs(base=0.23, growth=4.0).keep(near, detail)[0] == [1, 2]


def test_entropy_relevance_keeps_frames_that_nothing_tells_apart():
    assert ecrs().keep([0.5, 0.5, 0.5], [1.0, 2.0, 3.0])[0] == [0, 1, 2]
    assert ecrs().keep([0.1, 0.5, 0.9], [2.0, 2.0, 2.0])[0] == [0, 1, 2]


def test_entropy_relevance_as_the_paper_writes_it():
    paper = ecrs(variant="paper", base=0.1)
    near, detail = [0.2, 0.4, 0.6], [1.0, 2.0, 1.0]
    # 0.2 / 4, 0.4 * 2 / 4, 0.6 / 4.
    assert paper.weights(near, detail) == pytest.approx([0.05, 0.2, 0.15])
    assert paper.keep(near, detail)[0] == [1, 2]
    # Second round: 0.4 * 2 / 3 and 0.6 / 3 against 0.1 * 2.5.
    assert ecrs(variant="paper", base=0.1, growth=2.5).keep(near, detail)[0] == [1]
    assert paper.weights([0.5, 0.5], [0.0, 0.0]) == [0.0, 0.0]
    with pytest.raises(MediaError, match="give base"):
        ecrs(variant="paper")


def test_entropy_relevance_looks_once_a_second_or_evenly():
    selector = ecrs()
    assert selector.proxies(100, 30.0) == [0, 30, 60, 90]
    assert selector.proxies(3, 0.2) == [0, 1, 2]
    assert selector.proxies(64 * 25, 25.0) == list(range(0, 1600, 25))
    # 65 seconds are too many for 64 frames: an even spread, cut off and not rounded.
    many = selector.proxies(65 * 25, 25.0)
    assert many[:3] == [0, 25, 51]
    assert (len(many), many[-1]) == (64, 1624)


def test_entropy_relevance_on_frames():
    rng = np.random.default_rng(1)
    video = np.array([0, 60, 200, 220, 250, 10], np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    video[3] = rng.integers(200, 240, video[3].shape)
    found = select(ecrs(), 6, 1.0, look_in(video))
    # Only frame 3 has any detail.
    assert found.indices == (3,)
    assert found.scores == (1.0,)
    assert found.reasons[0].endswith("kept through round 1")
    assert (
        select(ecrs(min_frames=2), 6, 1.0, look_in(video))
        .reasons[0]
        .endswith("dropped in round 1, added as one of the best 2")
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"variant": "mine"}, "variant is 'mine'"),
        ({"variant": "paper"}, "give base"),
        ({"growth": 0.0}, "growth 0"),
        ({"max_iter": -1}, "max_iter -1"),
        ({"min_frames": 0}, "min_frames 0"),
        ({"query": ""}, "query is ''"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(MediaError, match=words):
        ecrs(**settings)
