from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vision_data import Image, MediaError, load_image
from vision_data.arrays import picture_of

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
READERS = [load_image, lambda array: load_image(Image.of(array))]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "array",
    [
        RGB, RGB.transpose(2, 0, 1), RGB[:, ::-1][:, ::-1], torch.from_numpy(RGB),
        torch.from_numpy(RGB).permute(2, 0, 1), RGB / 255, (RGB / 255).astype(np.float32),
        (RGB / 255).astype(np.float16), np.asfortranarray(RGB),
        torch.from_numpy(RGB).permute(2, 0, 1) / 255, (torch.from_numpy(RGB) / 255).half(),
        (torch.from_numpy(RGB) / 255).requires_grad_(),
    ],
)  # fmt: skip
def test_arrays_and_tensors_give_the_same_picture(read, array):
    image = read(array)
    assert image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(image), RGB)


def test_bfloat16_is_a_level_off_at_most():
    image = load_image((torch.from_numpy(RGB) / 255).bfloat16())
    assert np.abs(np.asarray(image).astype(int) - RGB).max() <= 1


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (1, 5, 7)])
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_grey(shape, kind):
    image = load_image(kind(RGB[..., 0].reshape(shape)))
    np.testing.assert_array_equal(np.asarray(image), RGB[..., :1].repeat(3, 2))


def test_alpha_is_laid_on_white():
    layer = np.zeros((4, 6, 4), np.uint8)
    for array in (layer, layer.transpose(2, 0, 1), torch.zeros(4, 6, 5)):
        assert (np.asarray(load_image(array)) == 255).all()


def test_where_both_ways_fit_arrays_have_channels_last_and_tensors_first():
    array = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    assert load_image(array).size == (5, 3)
    assert load_image(torch.from_numpy(array)).size == (3, 5)
    np.testing.assert_array_equal(np.asarray(load_image(torch.from_numpy(array))), array.transpose(1, 2, 0))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (RGB.astype(np.int64), r"\[5, 7, 3\] of int64"),
        (RGB.astype(np.uint16), "uint16"),
        (RGB > 3, "bool"),
        (RGB.astype(np.float32), "expected floats from 0 to 1; divide by 255"),
        (RGB / 255 - 0.1, "from -0.1"),
        (np.full((4, 4), np.nan), "from nan to nan"),
        (np.where(np.eye(4), np.nan, 0.5), "nan"),
        (np.full((4, 4), np.inf), "inf"),
        (np.zeros((0, 4, 3), np.uint8), r"\[0, 4, 3\]"),
        (np.zeros((5, 5, 2), np.uint8), r"\[5, 5, 2\]"),
        (np.zeros((2, 3, 4, 4), np.uint8), r"\[2, 3, 4, 4\]"),
        (np.zeros(4, np.uint8), r"\[4\]"),
        (np.float64(0.5), r"\[\] of float64"),
        (np.zeros((4, 4), object), "object"),
        (np.zeros((4, 4), complex), "complex"),
        (torch.zeros(3, 4, 4, dtype=torch.int64), r"\[3, 4, 4\] of torch.int64"),
        (torch.full((3, 4, 4), math.nan), "nan"),
        (torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(0)), "undo its normalisation"),
    ],
)
@pytest.mark.parametrize("read", READERS)
def test_what_is_no_picture_is_refused(read, array, words):
    with pytest.raises(MediaError, match=words) as caught:
        read(array)
    assert "\n" not in str(caught.value)


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 3, 4]), st.integers(0, 2**32 - 1))
def test_floats_are_levels_divided_by_255(height, width, channels, seed):
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    for kind in (np.float16, np.float32, np.float64):
        np.testing.assert_array_equal(
            np.asarray(picture_of((levels / 255).astype(kind))), np.asarray(picture_of(levels))
        )
