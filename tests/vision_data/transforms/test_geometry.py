from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vision_data import MediaError, fit
from vision_data.coordinates import THOUSAND, UNIT, Box, Point, Space
from vision_data.transforms import Compose, Crop, Flip, Letterbox, Resize, Rotate, SmartResize, Zoom

shares = st.floats(0, 1)


@st.composite
def boxes(draw):
    across, down = sorted([draw(shares), draw(shares)]), sorted([draw(shares), draw(shares)])
    assume(across[1] - across[0] > 1e-3)
    assume(down[1] - down[0] > 1e-3)
    return Box(across[0], down[0], across[1], down[1], UNIT)


simple = st.one_of(
    st.builds(Crop, boxes()),
    st.builds(Zoom, boxes(), st.floats(0, 2), st.integers(1, 50), st.one_of(st.none(), st.integers(1, 300))),
    st.builds(Resize, st.integers(1, 300), st.integers(1, 300)),
    st.builds(Letterbox, st.integers(1, 300), st.integers(1, 300)),
    st.builds(Flip, st.sampled_from(["horizontal", "vertical"])),
    st.builds(Rotate, st.sampled_from([90, 180, 270])),
)
geometry = st.one_of(simple, st.builds(Compose, st.lists(simple, max_size=3).map(tuple)))
sizes = st.tuples(st.integers(1, 300), st.integers(1, 300))


def marked(size, box):
    """A white picture in which the pixels of a box are black."""
    picture = PIL.Image.new("RGB", size, "white")
    picture.paste((0, 0, 0), tuple(int(edge) for edge in box.to(Space(*size)).numbers))
    return picture


def dark_box(picture):
    """Where a picture is dark: left, top, right, bottom."""
    rows, columns = np.nonzero(np.asarray(picture.convert("L")) < 128)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@given(geometry, boxes(), sizes)
def test_boxes_go_there_and_back(transform, box, size):
    (there,) = transform.boxes([box], size)
    if there is None:
        return
    assert there.space == Space(*transform.size_after(size))
    (back,) = transform.back([there], size)
    assert back is not None
    assert back.space == Space(*size)
    original = box.to(Space(*size))
    slack = 1e-5 * max(size)
    assert original.left - slack <= back.left < back.right <= original.right + slack
    assert original.top - slack <= back.top < back.bottom <= original.bottom + slack
    (again,) = transform.boxes([back], size)
    assert again is not None
    assert again.numbers == pytest.approx(there.numbers, abs=1e-5 * max(*size, *transform.size_after(size)))


@given(geometry, boxes(), sizes)
def test_a_box_that_is_seen_whole_comes_back_exactly(transform, box, size):
    (there,) = transform.boxes([box], size, min_seen=1.0)
    if there is not None:
        (back,) = transform.back([there], size)
        assert back.to(UNIT).numbers == pytest.approx(box.numbers, abs=1e-4)


@settings(max_examples=60)
@given(geometry, sizes)
def test_the_picture_has_the_promised_size_and_the_old_one_stays(transform, size):
    picture = PIL.Image.effect_noise(size, 60).convert("RGB")
    before = picture.tobytes()
    out = transform(picture)
    assert out.size == transform.size_after(size)
    assert out.mode == "RGB"
    assert out is not picture
    assert picture.tobytes() == before


@pytest.mark.parametrize(
    "transform",
    [
        Crop(Box(0.1, 0.2, 0.9, 0.95, UNIT)),
        Zoom(Box(0.2, 0.25, 0.8, 0.75, UNIT)),
        Zoom(Box(0.2, 0.25, 0.8, 0.75, UNIT), margin=0.0, long_side=500),
        Resize(321, 77),
        SmartResize(max_pixels=28 * 28 * 20),
        Letterbox(400, 150, (255, 255, 255)),
        Letterbox(100, 300, (255, 255, 255)),
        Flip(),
        Flip("vertical"),
        Rotate(90),
        Rotate(180),
        Rotate(270),
        Compose((Rotate(90), Crop(Box(0, 100, 1000, 950, THOUSAND)), Flip(), Letterbox(300, 300, (255, 255, 255)))),
    ],
)
def test_the_box_lies_where_the_thing_is(transform):
    size, box = (240, 180), Box(72, 63, 120, 90, Space(240, 180))
    seen = dark_box(transform(marked(size, box)))
    (told,) = transform.boxes([box], size)
    assert told.numbers == pytest.approx(seen, abs=1.01)
    (back,) = transform.back([told], size)
    assert back.numbers == pytest.approx(box.numbers, abs=1e-6)


@pytest.mark.parametrize("transform", [Rotate(90), Rotate(270), Flip(), Crop(Box(0.25, 0.25, 1, 1, UNIT))])
def test_points_follow(transform):
    size, point = (240, 180), Point(100, 60, Space(240, 180))
    (there,) = transform.points([point], size)
    (back,) = transform.points_back([there], size)
    assert back.numbers == pytest.approx(point.numbers)
    picture = PIL.Image.new("RGB", size)
    picture.putpixel((100, 60), (255, 255, 255))
    (pixel,) = transform.points([Point(100.5, 60.5, Space(240, 180))], size)
    assert transform(picture).getpixel((int(pixel.x), int(pixel.y))) == (255, 255, 255)


def test_crop_worked_numbers():
    size, crop = (640, 480), Crop(Box(100, 50, 300, 250, Space(640, 480)))
    inside, half, outside = (
        Box(120, 60, 200, 100, Space(640, 480)),
        Box(250, 200, 350, 250, Space(640, 480)),
        Box(400, 300, 500, 400, Space(640, 480)),
    )
    assert crop.boxes([inside, half, outside], size) == [
        Box(20, 10, 100, 50, Space(200, 200)),
        Box(150, 150, 200, 200, Space(200, 200)),
        None,
    ]
    assert crop.boxes([half], size, min_seen=0.5) == [Box(150, 150, 200, 200, Space(200, 200))]
    assert crop.boxes([half], size, min_seen=0.51) == [None]
    # What the model says of the crop in thousandths, in pixels of the original.
    assert crop.back([Box(100, 50, 500, 250, THOUSAND)], size) == [Box(120, 60, 200, 100, Space(640, 480))]
    assert crop.points([Point(10, 10, Space(640, 480))], size) == [None]


def test_a_crop_in_any_space_is_the_same():
    size = (640, 480)
    windows = {Crop(Box(64, 48, 320, 240, Space(*size)).to(space)).window(size) for space in (UNIT, THOUSAND)}
    assert windows == {(64, 48, 320, 240)}


def test_what_a_crop_cut_off_does_not_come_back_on_a_margin():
    size = (100, 100)
    both = Compose((Crop(Box(0, 0, 0.5, 1, UNIT)), Letterbox(200, 100)))
    gone = Box(60, 10, 90, 50, Space(*size))
    assert both.boxes([gone], size) == [None]
    assert both.points([Point(70, 20, Space(*size))], size) == [None]
    assert both.back([Box(0, 0, 50, 50, Space(200, 100))], size) == [None]


def test_zoom_shows_enough_and_stays_inside():
    size = (640, 480)
    corner = Zoom(Box(636, 0, 640, 3, Space(*size)), margin=0.5)
    assert corner.window(size) == (612, 0, 640, 28)
    assert corner.size_after(size) == (480, 480)
    # Margins of 0.1 * 100 and 0.1 * 50 pixels; 120 by 60 fills 640 by 320.
    plain = Zoom(Box(200, 100, 300, 150, Space(*size)))
    assert plain.window(size) == (190, 95, 310, 155)
    assert plain.size_after(size) == (640, 320)
    assert Zoom(Box(0, 0, 1, 1, UNIT)).window((5, 5)) == (0, 0, 5, 5)


def test_smart_resize_is_fit():
    picture = PIL.Image.effect_noise((333, 222), 80).convert("RGB")
    budget = {"min_pixels": 784, "max_pixels": 50_000}
    assert SmartResize(**budget)(picture).tobytes() == fit(picture, **budget).tobytes()


def test_random_crops_differ_by_seed_alone():
    drawn = [Crop.random(seed, 0.7) for seed in range(20)]
    assert drawn == [Crop.random(seed, 0.7) for seed in range(20)]
    assert len(set(drawn)) == 20
    assert all(crop.box.width >= 0.7 and crop.box.height >= 0.7 for crop in drawn)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_pictures_of_any_mode(mode):
    picture = PIL.Image.new("RGB", (40, 30), (200, 10, 10))
    picture = PIL.Image.new(mode, (40, 30)) if mode == "I;16" else picture.convert(mode)
    assert Crop(Box(0, 0, 0.5, 1, UNIT))(picture).size == (20, 30)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Crop((0, 0, 1, 1)), "is no box, expected Box"),
        (lambda: Crop.random(0, 0), "smallest is 0"),
        (lambda: Zoom(Box(0, 0, 1, 1, UNIT), margin=-0.1), "margin is -0.1"),
        (lambda: Zoom(Box(0, 0, 1, 1, UNIT), margin=float("nan")), "margin is nan"),
        (lambda: Zoom(Box(0, 0, 1, 1, UNIT), min_side=0), "min_side 0"),
        (lambda: Resize(0, 5), "width 0"),
        (lambda: Resize(5, 2.5), "height 2.5"),
        (lambda: Letterbox(10, 10, (0, 0, 256)), "expected three whole numbers of 0 to 255"),
        (lambda: Letterbox(10, 10, "red"), "a colour is 'red'"),
        (lambda: Flip("x"), "axis is 'x'"),
        (lambda: Rotate(45), "degrees is 45"),
        (lambda: Compose((1,)), "is no transform"),
        (lambda: Resize(100_000, 100_000)(PIL.Image.new("RGB", (2, 2))), "100000x100000 pixels, expected at most"),
        (lambda: Flip()("a.png"), "is given a str, expected a PIL image"),
        (lambda: Flip()(PIL.Image.new("RGB", (0, 3))), "0x3 pixels"),
    ],
)
def test_nonsense_is_refused_in_one_line(make, words):
    with pytest.raises(MediaError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)
