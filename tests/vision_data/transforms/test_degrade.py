from __future__ import annotations

import hashlib

import numpy as np
import PIL.Image
import pytest

from vision_data import MediaError
from vision_data.coordinates import UNIT, Box, Space
from vision_data.transforms import (
    Blackout,
    Blur,
    Compose,
    GaussianNoise,
    MaskBoxes,
    MaskPatches,
    transformed,
    transformed_frame,
)

GREY = PIL.Image.new("RGB", (120, 90), (128, 128, 128))
GRAIN = PIL.Image.fromarray(np.random.RandomState(0).randint(0, 256, (90, 120, 3)).astype(np.uint8))


def test_noise_has_the_asked_spread_and_no_pattern():
    noise = np.asarray(GaussianNoise(20.0, 3)(GREY)).astype(float) - 128
    assert noise.std() == pytest.approx(20, rel=0.02)
    assert abs(noise.mean()) < 0.5
    # Neither channels nor neighbours nor blocks of rows go together.
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.05
    assert abs(np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]) < 0.05
    assert abs(np.corrcoef(noise[:26].ravel(), noise[64:90].ravel())[0, 1]) < 0.05


def test_noise_is_the_same_everywhere():
    """The stream of numpy's RandomState and of the seeds is fixed; this is its picture."""
    pixels = np.asarray(GaussianNoise(50.0, 7)(PIL.Image.new("RGB", (4, 2), (100, 150, 200))))
    assert hashlib.sha256(pixels.tobytes()).hexdigest()[:16] == "db2fd4e6955c2de3"


def test_noise_depends_on_seed_and_frame_alone():
    first = GaussianNoise(30, 1)
    assert first(GRAIN).tobytes() == first(GRAIN).tobytes()
    assert first(GRAIN).tobytes() != GaussianNoise(30, 2)(GRAIN).tobytes()
    assert first.for_frame(0)(GRAIN).tobytes() != first.for_frame(1)(GRAIN).tobytes()
    assert first.for_frame(5) == GaussianNoise(30, 1).for_frame(5)
    assert GaussianNoise(0.0)(GRAIN).tobytes() == GRAIN.tobytes()


def test_noise_stays_within_the_range():
    white = np.asarray(GaussianNoise(200, 0)(PIL.Image.new("RGB", (50, 50), "white")))
    assert white.max() == 255
    assert 0.4 < (white == 255).mean() < 0.6


def test_blur_evens_out():
    assert np.asarray(Blur(4)(GRAIN)).std() < 0.2 * np.asarray(GRAIN).std()
    assert Blur(0)(GRAIN).tobytes() == GRAIN.tobytes()


def test_blackout_keeps_nothing_but_the_size():
    out = Blackout((9, 8, 7))(GRAIN)
    assert out.size == GRAIN.size
    assert out.getcolors() == [(120 * 90, (9, 8, 7))]


@pytest.mark.parametrize(("share", "squares"), [(0.0, 0), (0.5, 10), (0.52, 10), (1.0, 20)])
def test_mask_paints_a_whole_number_of_squares(share, squares):
    # 120 by 90 in squares of 28: 5 by 4, the last ones cut off.
    out = np.asarray(MaskPatches(share, 28, seed=4)(GREY)).astype(int)
    painted = [(out[y : y + 28, x : x + 28] == 0).all() for y in range(0, 90, 28) for x in range(0, 120, 28)]
    untouched = [(out[y : y + 28, x : x + 28] == 128).all() for y in range(0, 90, 28) for x in range(0, 120, 28)]
    assert sum(painted) == squares
    assert sum(untouched) == 20 - squares


def test_masks_by_seed():
    assert MaskPatches(0.5, seed=1)(GRAIN).tobytes() == MaskPatches(0.5, seed=1)(GRAIN).tobytes()
    assert len({MaskPatches(0.5, seed=seed)(GRAIN).tobytes() for seed in range(8)}) == 8
    assert MaskPatches(0.5).for_frame(1) != MaskPatches(0.5).for_frame(2)


def test_mask_boxes_hides_each_pixel_it_touches_and_keep_the_others():
    boxes = (Box(10.2, 10.2, 20.5, 15, Space(120, 90)), Box(0.5, 0.5, 1, 1, UNIT))
    inside = np.zeros((90, 120), bool)
    inside[10:15, 10:21] = inside[45:, 60:] = True
    hidden, kept = (np.asarray(MaskBoxes(boxes, keep, (1, 2, 3))(GRAIN)) for keep in (False, True))
    assert (hidden[inside] == (1, 2, 3)).all()
    assert (kept[~inside] == (1, 2, 3)).all()
    np.testing.assert_array_equal(hidden[~inside], np.asarray(GRAIN)[~inside])
    np.testing.assert_array_equal(kept[inside], np.asarray(GRAIN)[inside])


def test_degraded_pictures_keep_their_boxes():
    box = Box(10, 20, 30, 40, Space(120, 90))
    for transform in (GaussianNoise(), Blur(), Blackout(), MaskPatches(), Compose((Blur(), GaussianNoise()))):
        assert transform.boxes([box], (120, 90)) == transform.back([box], (120, 90)) == [box]


def test_a_row_of_transforms():
    noise, blur = GaussianNoise(40, 2), Blur(2)
    assert transformed(GRAIN, (noise, blur)).tobytes() == blur(noise(GRAIN)).tobytes()
    assert transformed(GRAIN, ()) is GRAIN
    frames = [transformed_frame(np.asarray(GREY), (noise, blur), index) for index in (0, 1, 0)]
    assert frames[0].shape == (90, 120, 3)
    assert (frames[0] == frames[2]).all()
    assert not (frames[0] == frames[1]).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: GaussianNoise(-1), "std is -1"),
        (lambda: GaussianNoise(float("nan")), "std is nan"),
        (lambda: Blur(float("inf")), "radius is inf"),
        (lambda: MaskPatches(1.5), "share 1.5"),
        (lambda: MaskPatches(patch=0), "patch 0"),
        (lambda: MaskBoxes(((0, 0, 1, 1),)), "is no box"),
        (lambda: Blackout((0, 0)), "three whole numbers"),
        (lambda: Blackout((0.0, 0, 0)), "three whole numbers"),
    ],
)
def test_nonsense_is_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()
