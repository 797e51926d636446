from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_data import MediaError
from vision_data.coordinates import THOUSAND, UNIT, Box, Space
from vision_data.transforms import DrawBoxes, SetOfMark
from vision_data.transforms.tags import PALETTE, WHITE, ink_on, make_tag, place

SPACE = Space(300, 200)
BOXES = (
    Box(0, 0, 60, 40, SPACE),
    Box(250, 0, 300, 30, SPACE),
    Box(0, 180, 40, 200, SPACE),
    Box(120, 80, 180, 120, SPACE),
)


def changed(before, after):
    """Pixels [H, W] that differ."""
    return (np.asarray(before) != np.asarray(after)).any(-1)


@pytest.mark.parametrize("ground", ["white", "black", (128, 128, 128), PALETTE[0], PALETTE[3]])
def test_frames_are_seen_on_any_ground(ground):
    """Each of the four sides differs strongly from the ground somewhere across its line."""
    picture = PIL.Image.new("RGB", (300, 200), ground)
    for colour in PALETTE:
        out = np.asarray(DrawBoxes((Box(50, 40, 250, 160, SPACE),), colours=(colour,))(picture)).astype(int)
        away = np.abs(out - np.asarray(picture).astype(int)).max(-1)
        sides = (away[90, 47:56], away[90, 245:253], away[37:46, 100], away[155:163, 100])
        assert min(side.max() for side in sides) > 100


def test_frames_lie_on_the_boxes():
    picture = PIL.Image.new("RGB", (300, 200), "white")
    drawn = changed(picture, DrawBoxes((Box(50, 40, 250, 160, SPACE),))(picture))
    rows, columns = np.nonzero(drawn)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (50, 40, 250, 160)
    assert not drawn[50:150, 60:240].any()


def test_a_box_is_the_same_in_any_space():
    picture = PIL.Image.new("RGB", (300, 200), "white")
    box = Box(30, 20, 150, 100, SPACE)
    drawn = {DrawBoxes((box.to(space),), ("cat",))(picture).tobytes() for space in (SPACE, UNIT, THOUSAND)}
    assert len(drawn) == 1


def test_colours_are_told_apart_and_their_ink_is_read():
    def luminance(colour):
        levels = [(c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in colour]
        return 0.2126 * levels[0] + 0.7152 * levels[1] + 0.0722 * levels[2]

    for colour in PALETTE:
        low, high = sorted([luminance(colour), luminance(ink_on(colour))])
        # WCAG's least contrast for text of any size.
        assert (high + 0.05) / (low + 0.05) >= 4.5


def plates(transform, size):
    """Rectangles of the labels that a drawing would place, by spying on the drawing of tags."""
    from vision_data.transforms import tags

    seen = []
    original = tags.draw_tag

    def spy(picture, tag, at, colour):
        seen.append((*at, at[0] + tag.width, at[1] + tag.height))
        original(picture, tag, at, colour)

    tags.draw_tag = spy
    try:
        transform(PIL.Image.new("RGB", size, "white"))
    finally:
        tags.draw_tag = original
    return seen


def overlap(one, other):
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


@pytest.mark.parametrize("make", [lambda b: DrawBoxes(b, ("one", "two", "three", "four")), SetOfMark])
def test_labels_at_the_borders_are_whole_and_apart(make):
    seen = plates(make(BOXES), (300, 200))
    assert len(seen) == 4
    for left, top, right, bottom in seen:
        assert left >= 0
        assert top >= 0
        assert right <= 300
        assert bottom <= 200
    assert not any(overlap(a, b) for i, a in enumerate(seen) for b in seen[:i])


places = st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.01, 0.1), st.floats(0.01, 0.1))


@settings(max_examples=40)
@given(st.lists(places, min_size=1, max_size=6), st.sampled_from([(448, 336), (112, 112), (1000, 300)]))
def test_marks_are_always_inside_the_picture(told, size):
    regions = tuple(Box(x, y, x + w, y + h, UNIT) for x, y, w, h in told)
    for left, top, right, bottom in plates(SetOfMark(regions), size):
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]


def test_marks_lie_in_the_middle_of_large_regions_and_beside_small_ones():
    large, small = Box(20, 20, 140, 140, SPACE), Box(200, 100, 212, 112, SPACE)
    by_size = sorted(plates(SetOfMark((large, small)), (300, 200)))
    middle = [(by_size[0][i] + by_size[0][i + 2]) / 2 for i in (0, 1)]
    assert middle == pytest.approx([80, 80], abs=1)
    assert not overlap(by_size[1], (200, 100, 212, 112))


def test_a_mark_does_not_cover_a_smaller_region_inside():
    outer, inner = Box(20, 20, 180, 180, SPACE), Box(85, 85, 115, 115, SPACE)
    first, second = plates(SetOfMark((outer, inner)), (300, 200))
    assert not overlap(second, (85, 85, 115, 115))
    assert not overlap(first, second)


def test_a_label_wider_than_the_picture_is_made_to_fit():
    tag = make_tag("a label that goes on and on and on and never comes to an end at all", 14, (100, 100))
    assert tag.width <= 100
    assert tag.text.startswith("a label")
    assert tag.text.endswith("...")
    assert make_tag("two\nlines", 12, (300, 300)).text == "two lines"


def test_first_free_place_wins():
    tag = make_tag("x", 12, (100, 100))
    full = [(0, 0, 50, 50)]
    assert place(tag, [(10, 10), (60, 60), (70, 70)], (100, 100), full, []) == (60, 60)
    assert place(tag, [(10, 10), (60, 60)], (100, 100), [], []) == (10, 10)
    assert place(tag, [(-5, -5)], (100, 100), full, full) == (0, 0)


def test_tint_lies_over_the_region_alone():
    picture = PIL.Image.new("RGB", (300, 200), WHITE)
    region = Box(50, 50, 250, 150, SPACE)
    out = np.asarray(SetOfMark((region,), tint=0.5, outlined=False, colours=((0, 0, 0),))(picture))
    assert out[60, 60].tolist() == [127, 127, 127]
    assert out[40, 60].tolist() == [255, 255, 255]


def test_a_mark_leads_to_its_region():
    marks = SetOfMark(BOXES)
    assert marks.labels == ("1", "2", "3", "4")
    assert marks.region(" 3 ") == BOXES[2]
    assert marks.region("9") is None


def test_letters_beyond_ascii():
    assert make_tag("Zürich", 14, (200, 100)).width > 20
    with pytest.raises(MediaError, match=r"no font at hand has.*give a font file"):
        DrawBoxes((BOXES[0],), ("\u8f66",))(PIL.Image.new("RGB", (100, 100)))


def test_drawings_on_the_smallest_pictures():
    for size in ((1, 1), (2, 30), (30, 2)):
        picture = PIL.Image.new("RGB", size, "white")
        box = Box(0, 0, 1, 1, UNIT)
        assert DrawBoxes((box,), ("label",))(picture).size == size
        assert SetOfMark((box,))(picture).size == size


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DrawBoxes(BOXES, ("one",)), "1 labels for 4 boxes"),
        (lambda: DrawBoxes(BOXES, "abcd"), "expected a tuple of texts"),
        (lambda: DrawBoxes(BOXES, width=0), "width is 0"),
        (lambda: SetOfMark(BOXES, ("1", "1", "2", "3")), "expected different ones"),
        (lambda: SetOfMark(BOXES, ("1", " ", "2", "3")), "not empty"),
        (lambda: SetOfMark(BOXES, tint=1.5), "tint is 1.5"),
        (
            lambda: DrawBoxes((BOXES[0],), ("a",), font="no.ttf")(PIL.Image.new("RGB", (9, 9))),
            "'no.ttf' cannot be read",
        ),
    ],
)
def test_nonsense_is_refused(make, words):
    with pytest.raises(MediaError, match=words):
        make()
