from __future__ import annotations

import math

import numpy as np
import PIL.Image
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vision_data import MediaError, fit, frame_size, load_image, smart_resize

sides = st.integers(1, 6000)
budgets = st.tuples(st.integers(1, 300), st.integers(1, 20_000)).map(sorted)


@pytest.fixture(scope="module")
def transformers_resize():
    module = pytest.importorskip("transformers.models.qwen2_vl.image_processing_qwen2_vl")
    return module.smart_resize


@pytest.fixture(scope="module")
def qwen_resize(qwen_vision):
    return qwen_vision.smart_resize


@given(sides, sides, st.sampled_from([14, 16, 28, 32]), budgets)
@example(1, 150, 28, [4, 16384])
@example(13, 1000, 28, [4, 16384])
@example(14, 42, 28, [4, 16384])
def test_numbers_are_those_of_transformers(transformers_resize, height, width, factor, budget):
    assume(max(height, width) / min(height, width) <= 200)
    low, high = budget[0] * factor**2, budget[1] * factor**2
    assert smart_resize(height, width, factor, low, high) == transformers_resize(height, width, factor, low, high)


@given(sides, sides, st.sampled_from([28, 32]), budgets)
def test_numbers_are_those_of_qwen_vl_utils(qwen_resize, height, width, factor, budget):
    assume(min(height, width) > factor / 2)
    assume(max(height, width) / min(height, width) <= 200)
    low, high = budget[0] * factor**2, budget[1] * factor**2
    theirs = qwen_resize(height, width, factor, low, high)
    assume(0 not in theirs)
    assert smart_resize(height, width, factor, low, high) == theirs


@given(sides, sides)
def test_default_budget_is_that_of_qwen_vl_utils(qwen_resize, height, width):
    assume(min(height, width) > 14)
    assume(max(height, width) / min(height, width) <= 200)
    assert smart_resize(height, width) == qwen_resize(height, width, 28)


@given(sides, sides, st.sampled_from([14, 28]), budgets)
def test_laws(height, width, factor, budget):
    assume(max(height, width) / min(height, width) <= 200)
    low, high = budget[0] * factor**2, budget[1] * factor**2
    rows, columns = smart_resize(height, width, factor, low, high)
    assert rows % factor == columns % factor == 0
    assert min(rows, columns) >= factor
    assert (columns, rows) == smart_resize(width, height, factor, low, high)
    assert rows * columns >= low or rows * columns * 4 >= high
    if min(rows, columns) > factor and budget[0] * 9 < budget[1]:
        assert low <= rows * columns <= high


def test_worked_numbers():
    assert smart_resize(480, 640) == (476, 644)
    # 1000 * 2000 pixels on 100352: beta = 4.4643, 224 and 448 are the floors to 28.
    assert smart_resize(1000, 2000, 28, 3136, 100352) == (224, 448)
    # 20 * 40 pixels to 3136: beta = 1.9799, 39.6 and 79.2 go up to 56 and 84.
    assert smart_resize(20, 40) == (56, 84)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((10, 2001), "2001x10 pixels is more than 200 times"),
        ((2001, 10), "10x2001"),
        ((0, 10), "10x0 pixels has nothing to show"),
        ((10, 10, 0), "factor 0"),
        ((10, 10, 28, 100, 99), "between 100 and 99"),
        ((10, 10, 28, 0, 99), "between 0 and 99"),
    ],
)
def test_impossible_sizes_are_refused(arguments, words):
    with pytest.raises(MediaError, match=words):
        smart_resize(*arguments)


def test_ratio_of_200_is_still_taken():
    assert smart_resize(10, 2000)[1] > 0


def test_fit_resizes_to_the_grid_and_keeps_the_picture():
    picture = PIL.Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 50, 0).repeat(60, 1))
    fitted = fit(picture, max_pixels=28 * 28 * 8)
    assert fitted.size == smart_resize(50, 120, max_pixels=28 * 28 * 8)[::-1]
    assert fitted.getpixel((2, 20)) < 10
    assert fitted.getpixel((fitted.width - 3, 20)) > 245


def test_pixels_are_those_of_qwen_vl_utils(qwen_vision, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (90, 130, 3), dtype=np.uint8)
    PIL.Image.fromarray(noise).save(tmp_path / "a.png")
    theirs = qwen_vision.fetch_image({"image": str(tmp_path / "a.png"), "max_pixels": 8000})
    np.testing.assert_array_equal(np.asarray(fit(load_image(tmp_path / "a.png"), max_pixels=8000)), np.asarray(theirs))


def test_fit_leaves_what_fits():
    picture = PIL.Image.new("RGB", (56, 84))
    assert fit(picture) is picture


@given(sides, sides, st.integers(2, 768), st.sampled_from([None, 50_000, 400_000]))
def test_frame_size_is_that_of_qwen_vl_utils(qwen_resize, height, width, num_frames, max_pixels):
    assume(min(height, width) > 14)
    assume(max(height, width) / min(height, width) <= 200)
    low = min(128 * 784, max_pixels or math.inf)
    share = max(min(768 * 784, 128000 * 784 * 0.9 / num_frames * 2), int(low * 1.05))
    theirs = qwen_resize(height, width, 28, low, min(share, max_pixels or math.inf))
    assume(0 not in theirs)
    assert frame_size(height, width, num_frames, max_pixels=max_pixels) == theirs


def test_more_frames_get_fewer_pixels():
    areas = [math.prod(frame_size(1080, 1920, frames)) for frames in (2, 400, 768)]
    assert areas[0] > areas[1] > areas[2]
    assert areas[2] * 768 / 2 <= 115200 * 784


def test_total_budget_of_a_video():
    assert math.prod(frame_size(1080, 1920, 8, min_pixels=784, total_pixels=8 * 50_000)) <= 100_000


@given(sides, sides, st.sampled_from([14, 28, 32]), budgets)
def test_a_size_that_fits_is_kept(height, width, factor, budget):
    assume(max(height, width) / min(height, width) <= 200)
    low, high = budget[0] * factor**2, budget[1] * factor**2
    rows, columns = smart_resize(height, width, factor, low, high)
    if max(rows, columns) / min(rows, columns) <= 200 and low <= rows * columns <= high:
        assert smart_resize(rows, columns, factor, low, high) == (rows, columns)


@given(sides, sides)
def test_within_the_budget_a_side_moves_by_half_a_factor(height, width):
    assume(max(height, width) / min(height, width) <= 200)
    rows, columns = smart_resize(height, width, 28, 1, 10**9)
    assert abs(rows - height) <= 14 or height < 14
    assert abs(columns - width) <= 14 or width < 14 or height < 14


@given(sides, sides, st.integers(1, 4000), st.sampled_from([None, 400_000]))
def test_frames_are_never_under_their_least(height, width, num_frames, max_pixels):
    assume(max(height, width) / min(height, width) <= 20)
    area = math.prod(frame_size(height, width, num_frames, max_pixels=max_pixels))
    most = 768 * 784 if max_pixels is None else max_pixels
    assert area <= most
    assert area >= min(128 * 784, most) / 4


@pytest.mark.parametrize("num_frames", [0, -2])
def test_a_video_without_frames_is_refused(num_frames):
    with pytest.raises(MediaError, match=f"a video of {num_frames} frames"):
        frame_size(100, 100, num_frames)
