"""What is measured on frames, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vision_data import MediaError
from vision_data.frames import Thumbnail
from vision_data.frames.measures import entropy, luma, sharpness, steps, thumbnails


def test_luma():
    frames = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]]], np.uint8)
    assert luma(frames)[0, 0] == pytest.approx([76.245, 149.685, 29.07, 255.0], rel=1e-5)


def test_thumbnails_average_cells_of_any_size():
    frame = np.zeros((3, 5, 3), np.uint8)
    frame[:1, :2, 0] = 255
    # Rows split 1 + 2, columns 2 + 3: the first cell is all red.
    small = thumbnails(frame[None], 2)
    assert small.shape == (1, 2, 2, 3)
    assert small[0, :, :, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]]
    frame[1, 0, 0] = 255
    assert thumbnails(frame[None], 2)[0, 1, 0, 0] == pytest.approx(0.25)
    # Fewer pixels than cells: pixels are repeated.
    assert thumbnails(np.full((1, 1, 2, 3), 51, np.uint8), 4) == pytest.approx(np.full((1, 4, 4, 3), 0.2))


def test_thumbnail_embeds_frames_only():
    frames = np.zeros((2, 4, 4, 3), np.uint8)
    assert Thumbnail(2)(frames).shape == (2, 12)
    with pytest.raises(MediaError, match="not texts"):
        Thumbnail()(["a ball"])
    with pytest.raises(MediaError, match="side is 0"):
        Thumbnail(0)


def test_steps():
    values = np.array([[0.0, 0.0], [1.0, 3.0], [1.0, 1.0]])
    assert steps(values).tolist() == [0.0, 2.0, 1.0]


def test_sharpness_is_the_variance_of_the_laplacian():
    flat, dot = np.full((1, 4, 4), 9, np.float32), np.zeros((1, 4, 4), np.float32)
    dot[0, 1, 1] = 1
    # Laplacian at the inner pixels: -4, 1, 1, 0. Mean -0.5, mean square 4.5.
    assert sharpness(np.concatenate([flat, dot])).tolist() == [0.0, pytest.approx(4.25)]
    ramp = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    assert sharpness(ramp).tolist() == [0.0]
    assert sharpness(np.ones((2, 2, 9), np.float32)).tolist() == [0.0, 0.0]


def test_entropy_in_bits():
    frames = np.zeros((3, 2, 2, 3), np.uint8)
    frames[1, 0] = 255
    frames[2, ..., 0] = [[1, 2], [3, 4]]
    # Nothing; two equal halves in each channel (1 bit); four values in one channel of three (2 bits / 3).
    assert entropy(frames).tolist() == [0.0, 1.0, pytest.approx(2 / 3)]
    every = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    assert entropy(every).tolist() == [8.0]
