"""Selectors that look: scenes, motion, sharpness, difference, relevance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.frames import (
    Clusters,
    FarthestPoint,
    MotionEnergy,
    QueryRelevance,
    SceneChange,
    Sharpest,
    Thumbnail,
    select,
)
from vision_data.frames.embedding import similarities
from vision_data.frames.shrink import look_in


def grey(levels, height=8, width=8):
    """One even frame for each level."""
    return np.asarray(levels, np.uint8)[:, None, None, None] * np.ones((1, height, width, 3), np.uint8)


def chosen(selector, video, fps=1.0):
    return select(selector, len(video), fps, look_in(video))


def mean_level(inputs):
    """Frames by (mean, 255 - mean); the texts "light" and "dark" by the two axes."""
    if isinstance(inputs, list):
        return np.array([{"light": [1.0, 0.0], "dark": [0.0, 1.0]}[text] for text in inputs])
    means = inputs.reshape(len(inputs), -1).mean(axis=1)
    return np.stack([means, 255 - means], axis=1)


@dataclass(frozen=True)
class Gives:
    """Answers the same whatever it is asked."""

    rows: tuple[tuple[float, ...], ...]

    def __call__(self, inputs):
        return np.array(self.rows)


SCENES = grey([0] * 5 + [102] * 4 + [51] * 3)


def test_scene_change_shows_the_first_frame_of_each_scene():
    found = chosen(SceneChange(9, proxy_fps=1.0), SCENES)
    assert found.indices == (0, 5, 9)
    assert found.scores == (1.0, pytest.approx(0.4), pytest.approx(0.2))
    assert found.reasons[1] == "start of scene 2 of 3, after a cut of 0.40 at 5.00 s"


def test_scene_change_in_the_middle_and_with_fewer_frames():
    assert chosen(SceneChange(9, at="middle"), SCENES).indices == (2, 6, 10)
    # The weaker cut is forgotten: scenes are 0 to 4 and 5 to 11.
    assert chosen(SceneChange(2), SCENES).indices == (0, 5)
    assert chosen(SceneChange(2, at="middle"), SCENES).indices == (2, 8)
    assert chosen(SceneChange(1), SCENES).indices == (0,)
    assert chosen(SceneChange(9, threshold=0.3), SCENES).indices == (0, 5)


def test_a_slow_fade_is_no_cut():
    assert chosen(SceneChange(9, threshold=0.05), grey(range(0, 240, 20))).indices == (0,)


def test_motion_energy_puts_frames_where_the_change_is():
    still, moving = [0] * 10, list(range(0, 200, 20))
    video = grey(still + moving)
    # 9 steps of 20 levels: equal shares of them lie at steps 1.5, 4.5, 7.5, which are frames 12, 15, 18.
    found = chosen(MotionEnergy(3, power=1.0), video)
    assert found.indices == (12, 15, 18)
    assert found.scores[0] == pytest.approx(20 / 255)
    assert found.reasons[0] == "motion 0.078, 11% of all"
    # Power 0 counts steps and not their size (0 to the power 0 is 1): an even spread.
    assert chosen(MotionEnergy(4, power=0.0), video).indices == (2, 7, 12, 17)


def test_motion_peaks_keep_a_gap_and_cuts_are_no_motion():
    video = grey([0, 10, 20, 30, 30, 30, 30, 90, 90, 90, 90, 90])
    # The step of 60 levels stands in still frames: a cut. Without that rule it is the strongest motion.
    peaks = MotionEnergy(2, by="peaks", gap=2.0)
    assert chosen(peaks, video).indices == (1, 3)
    counting = MotionEnergy(2, by="peaks", gap=2.0, cut=None)
    assert chosen(counting, video).indices == (1, 7)
    # A small thing that begins to move in a still picture is no cut.
    assert chosen(MotionEnergy(1, by="peaks"), grey([0, 0, 0, 4, 4, 4])).indices == (3,)


def test_nothing_moves():
    found = chosen(MotionEnergy(3), grey([7] * 9))
    assert found.indices == (0, 4, 8)
    assert found.reasons[0] == "nothing moves, evenly spaced"


def test_sharpest_of_each_span():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (8, 8, 1)).repeat(3, axis=2)
    # Contrast of frame i in percent; spans are frames 0 to 3 and 4 to 7.
    contrast = [10, 90, 20, 30, 60, 50, 40, 80]
    video = np.stack([noise * c // 100 for c in contrast]).astype(np.uint8)
    found = chosen(Sharpest(2), video)
    assert found.indices == (1, 7)
    assert found.reasons[0].startswith("sharpest of 4 from 0.00 to 3.00 s")
    # Two looks in a span are at its quarters: frames 0 and 2, 4 and 6.
    assert chosen(Sharpest(2, looks=2), video).indices == (2, 4)
    assert chosen(Sharpest(2, looks=2), video).looked == (0, 2, 4, 6)
    # Equally sharp: the middle of the span.
    assert chosen(Sharpest(2), grey([9] * 10)).indices == (2, 7)
    assert chosen(Sharpest(20), video).indices == tuple(range(8))


def test_farthest_point_goes_to_the_extremes():
    # Levels 0, 51, 102, 153, 255: the mean is 112, the most ordinary 102; then 255, then 0.
    video = grey([0, 51, 102, 153, 255])
    found = chosen(FarthestPoint(3, embed=Thumbnail(1)), video)
    assert found.indices == (0, 2, 4)
    assert found.reasons[1] == "most ordinary"
    # 153 and 102 levels of 255, in three channels.
    assert found.scores == (pytest.approx(0.4 * 3**0.5), 0.0, pytest.approx(0.6 * 3**0.5))
    assert chosen(FarthestPoint(3), grey([40] * 6)).indices == (0,)


def test_clusters_show_what_is_typical():
    video = grey([0, 10, 20, 200, 210, 211])
    found = chosen(Clusters(2), video)
    assert found.indices == (1, 4)
    assert found.scores == (0.5, 0.5)
    assert found.reasons[0] == "stands for 3 of 6 frames between 0.00 and 2.00 s"
    assert chosen(Clusters(4), grey([40] * 6)).indices == (0,)


def test_query_relevance_takes_the_nearest():
    video = grey([0, 50, 250, 100, 240, 0])
    light = partial(QueryRelevance, query="light", embed=mean_level)
    assert chosen(light(2), video).indices == (2, 4)
    assert chosen(light(2, gap=3.0), video).indices == (2, 5)
    assert chosen(light(3, gap=2.0), video).indices == (0, 2, 4)
    dark = chosen(QueryRelevance(2, query="dark", embed=mean_level), video)
    assert dark.indices == (0, 5)
    assert dark.scores == (1.0, 1.0)
    assert dark.reasons == ("relevance 1.000, 1 of 6", "relevance 1.000, 2 of 6")
    level = chosen(light(3), grey([9] * 9))
    assert level.indices == (0, 4, 8)
    assert "equally near" in level.reasons[0]


def test_cosines():
    frames = grey([255, 0, 51])
    # (255, 0), (0, 255) and (51, 204) against (1, 0): 1, 0 and 1 / sqrt(17).
    assert similarities(mean_level, frames, "light").tolist() == pytest.approx([1.0, 0.0, 17**-0.5])
    assert similarities(Gives(((0.0, 0.0),)), frames[:1], "light").tolist() == [0.0]


def test_torch_vectors_are_taken():
    torch = pytest.importorskip("torch")
    rows = np.arange(6.0).reshape(2, 3)

    video = grey([0, 9])
    assert chosen(FarthestPoint(1, embed=Gives(tuple(map(tuple, rows)))), video).indices == (0,)
    from vision_data.frames.embedding import embedded

    given = torch.tensor(rows, dtype=torch.bfloat16, requires_grad=True)
    assert embedded(lambda inputs: given, video).tolist() == rows.tolist()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (((1.0,), (2.0,)), r"\[2, 1\] of float64 for 3 inputs"),
        (((1.0,), (2.0,), (float("nan"),)), "finite"),
        ((), r"\[0\]"),
    ],
)
def test_what_an_embedding_gives_is_checked(rows, words):
    with pytest.raises(MediaError, match=words):
        chosen(FarthestPoint(2, embed=Gives(rows)), grey([1, 2, 3]))


def wrong_space(inputs):
    return np.ones((len(inputs), 2 if isinstance(inputs, list) else 3))


def test_frames_and_texts_have_one_space():
    with pytest.raises(MediaError, match="3 numbers for a frame and 2 for a text"):
        chosen(QueryRelevance(2, query="light", embed=wrong_space), grey([1, 2]))


class Moody:
    def __call__(self, inputs):
        return inputs


@pytest.mark.parametrize("embed", [lambda inputs: inputs, Moody(), Thumbnail, partial(mean_level), 3])
def test_an_embedding_is_a_value(embed):
    with pytest.raises(MediaError, match="embed is"):
        FarthestPoint(2, embed=embed)


def test_a_function_is_written_by_its_name():
    assert f"embed={__name__}.mean_level" in repr(FarthestPoint(2, embed=mean_level))
    assert " at 0x" not in repr(FarthestPoint(2, embed=mean_level))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SceneChange(0), "num is 0"),
        (lambda: SceneChange(proxy_fps=0.0), "proxy_fps is 0"),
        (lambda: SceneChange(max_proxies=0), "max_proxies is 0"),
        (lambda: SceneChange(proxy_pixels=0), "proxy_pixels is 0"),
        (lambda: SceneChange(threshold=0.0), "threshold 0"),
        (lambda: SceneChange(ratio=-1.0), "ratio -1"),
        (lambda: SceneChange(at="end"), "at is 'end'"),
        (lambda: MotionEnergy(by="sum"), "by is 'sum'"),
        (lambda: MotionEnergy(power=-1.0), "power -1"),
        (lambda: MotionEnergy(gap=-1.0), "gap -1"),
        (lambda: MotionEnergy(cut=1.0), "cut is 1"),
        (lambda: Sharpest(looks=0), "looks is 0"),
        (lambda: QueryRelevance(query=" ", embed=mean_level), "query is ' '"),
        (lambda: QueryRelevance(query="light"), "embeds no texts"),
        (lambda: QueryRelevance(query="light", embed=mean_level, gap=-1.0), "gap is -1"),
    ],
)
def test_impossible_settings_are_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()
