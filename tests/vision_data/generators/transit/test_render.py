from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PIL import ImageColor

from vision_data.errors import MediaError
from vision_data.generators.transit import layout, make_map, render
from vision_data.generators.transit.spec import COLOUR_LINES, LEVELS, NUMBER_COLOURS

TINY = [make_map(seed, split=split) for seed in range(40) for split in ("train", "test")]


def distance(pixel, colour):
    return math.dist(pixel, ImageColor.getrgb(colour))


@pytest.mark.parametrize(("level", "side"), [("tiny", 168), ("easy", 560), ("middle", 840), ("hard", 1120)])
def test_sizes_and_determinism(level, side):
    made = make_map(1, level)
    picture = render(made)
    assert picture.mode == "RGB"
    assert picture.size == (side, side)
    assert picture.tobytes() == render(made).tobytes()


def test_scale_enlarges():
    assert render(make_map(1), scale=3).size == (504, 504)


def test_every_tiny_station_is_a_white_disc_with_a_dark_letter_and_its_lines_colours():
    for made in TINY:
        picture = render(made)
        for station, node in made.positions:
            x, y = layout.centre(node, LEVELS["tiny"])
            inside = [
                picture.getpixel((round(x + dx), round(y + dy)))
                for dx in range(-7, 7)
                for dy in range(-7, 7)
                if math.hypot(dx, dy) < 7.5
            ]
            assert sum(min(pixel) > 230 for pixel in inside) > 0.2 * len(inside), station
            assert 0.08 * len(inside) < sum(max(pixel) < 110 for pixel in inside) < 0.6 * len(inside), station
            lines = made.lines_at(station)
            left, right = picture.getpixel((round(x - 10), round(y))), picture.getpixel((round(x + 9), round(y)))
            assert distance(left, lines[0].colour) < 40
            assert distance(right, lines[-1].colour) < 40


def test_different_letters_look_different():
    made = next(made for made in TINY if len(made.stations) >= 9)
    picture = render(made)
    crops = set()
    for _, node in made.positions:
        x, y = (round(value) for value in layout.centre(node, LEVELS["tiny"]))
        crops.add(picture.crop((x - 6, y - 6, x + 6, y + 6)).convert("L").point(lambda v: 255 * (v > 127)).tobytes())
    assert len(crops) == len(made.stations)


@pytest.mark.parametrize("level", LEVELS)
def test_tracks_have_the_colour_of_their_line(level):
    for seed in range(6 if level == "tiny" else 2):
        made = make_map(seed, level)
        picture = render(made)
        labels = (
            []
            if level == "tiny"
            else layout.place_labels(dict(made.positions), [line.path for line in made.lines], LEVELS[level]).values()
        )
        for line in made.lines:
            for start, end in pairwise(line.path):
                one, other = layout.centre(start, LEVELS[level]), layout.centre(end, LEVELS[level])
                x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
                if any(left - 3 < x < right + 3 and top - 3 < y < bottom + 3 for left, top, right, bottom in labels):
                    continue  # under a name
                assert distance(picture.getpixel((int(x), int(y))), line.colour) < 30


def test_colours_are_far_apart():
    for colours in (NUMBER_COLOURS, [colour for _, colour in COLOUR_LINES]):
        for at, one in enumerate(colours):
            assert all(distance(ImageColor.getrgb(one), other) > 55 for other in colours[at + 1 :])


def test_names_overlap_neither_each_other_nor_a_station():
    for seed in range(10):
        made = make_map(seed, "middle")
        level = LEVELS["middle"]
        boxes = layout.place_labels(dict(made.positions), [line.path for line in made.lines], level)
        assert set(boxes) == set(made.stations)
        placed = list(boxes.values())
        for at, (left, top, right, bottom) in enumerate(placed):
            assert left >= 0
            assert right <= level.canvas
            for other in placed[at + 1 :]:
                assert left >= other[2] or other[0] >= right or top >= other[3] or other[1] >= bottom
            for _, node in made.positions:
                x, y = layout.centre(node, level)
                nearest = (min(max(x, left), right), min(max(y, top), bottom))
                assert math.dist((x, y), nearest) >= layout.RADIUS


def test_names_without_room_are_none():
    level = LEVELS["easy"]
    crowd = {"x" * 60 + str(at): (at % 8, at // 8) for at in range(40)}
    assert layout.place_labels(crowd, [], level) is None


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_bad_scale_is_refused(scale):
    with pytest.raises(MediaError, match="whole number from 1"):
        render(make_map(0), scale=scale)
