from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageColor

from vision_data.errors import MediaError
from vision_data.generators.transit import STYLES, layout, make_map, render
from vision_data.generators.transit.render import font
from vision_data.generators.transit.spec import COLOUR_LINES, LEVELS, NUMBER_COLOURS
from vision_data.generators.transit.styles import across, rounded_path

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
    for seed in range({"tiny": 6, "crowded": 1}.get(level, 2)):
        made = make_map(seed, level)
        picture = render(made)
        labels = (
            []
            if LEVELS[level].lettered
            else layout.place_labels(dict(made.positions), [line.path for line in made.lines], LEVELS[level]).values()
        )
        for line in made.lines:
            for start, end in pairwise(line.path):
                one, other = layout.centre(start, LEVELS[level]), layout.centre(end, LEVELS[level])
                x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
                if line.branch_of:  # hollow: its colour is left and right of the middle
                    length = math.dist(one, other)
                    x, y = x - 2.5 * (other[1] - one[1]) / length, y + 2.5 * (other[0] - one[0]) / length
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


def test_classic_is_the_default_and_every_other_style_looks_different():
    for level in ("small", "branched"):
        made = make_map(2, level)
        names = [name for name in STYLES if not (level == "small" and name == "ticks")]
        pictures = {name: render(made, style=name).tobytes() for name in names}
        assert pictures["classic"] == render(made).tobytes()
        assert len(set(pictures.values())) == len(names)
        assert render(made, style="mixed").tobytes() in pictures.values()


@pytest.mark.parametrize("style", STYLES)
def test_tracks_keep_their_colour_in_every_style(style):
    for seed in range(3):
        made = make_map(seed, "grid")
        level = LEVELS["grid"]
        picture = render(made, style=style)
        boxes = layout.place_labels(dict(made.positions), [line.path for line in made.lines], level).values()
        stops = {node for _, node in made.positions}
        seen = 0
        for line in made.lines:
            for start, end in pairwise(line.path):
                one, other = layout.centre(start, level), layout.centre(end, level)
                x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
                named = any(box[0] - 3 < x < box[2] + 3 and box[1] - 3 < y < box[3] + 3 for box in boxes)
                if not named and {start, end} & stops:  # a bend on either side would be cut short
                    seen += 1
                    assert distance(picture.getpixel((int(x), int(y))), line.colour) < 30
        assert seen > 10


@pytest.mark.parametrize("style", STYLES)
def test_every_station_is_marked_in_every_style(style):
    made = make_map(1, "branched")
    level = LEVELS["branched"]
    picture = render(made, style=style)
    for station, node in made.positions:
        x, y = layout.centre(node, level)
        lines = made.lines_at(station)
        if STYLES[style].ticks and len(lines) == 1:
            dx, dy = across(lines[0].path, node)
            for way in (-6, 6):
                assert (
                    distance(picture.getpixel((round(x + way * dx - 0.5), round(y + way * dy - 0.5))), lines[0].colour)
                    < 60
                )
        else:
            assert min(picture.getpixel((int(x), int(y)))) > 240


def test_words_are_read_on_their_paper():
    for style in STYLES.values():
        ground, ink = ImageColor.getrgb(style.ground), ImageColor.getrgb(style.ink)
        assert math.dist(ground, ink) > 300
    made = make_map(1, "easy")
    boxes = layout.place_labels(dict(made.positions), [line.path for line in made.lines], LEVELS["easy"])
    for name, style in STYLES.items():
        picture = render(made, style=name)
        for box in boxes.values():
            crop = picture.crop(tuple(round(edge) for edge in box))
            shades = [distance(pixel, style.ink) for _, pixel in crop.getcolors(5000)]
            assert min(shades) < 60


def test_the_legend_names_every_line_inside_the_picture():
    for name in ("branched", "crowded"):
        made = make_map(4, name)
        picture = render(made)
        level = LEVELS[name]
        strip = picture.crop((0, level.rows * level.cell, level.canvas, level.canvas))
        wide = ImageChops.difference(strip, Image.new("RGB", strip.size, "white")).getbbox()
        assert wide[2] < level.canvas
        assert wide[3] < strip.height
        width = level.canvas / min(8, level.canvas // 130)
        assert max(font(16).getlength(line.name) for line in made.lines) + 54 < width


def test_rounded_paths_keep_their_ends_and_pass_every_station():
    path = [(0, 0), (1, 0), (2, 1), (2, 2), (3, 3)]
    points = rounded_path(path, {(0, 0), (2, 2), (3, 3)}, 10)
    assert points[0] == (5, 5)
    assert points[-1] == (35, 35)
    assert (25, 25) in points
    assert (15, 5) not in points
    assert rounded_path(path, set(path), 10) == [(5, 5), (15, 5), (25, 15), (25, 25), (35, 35)]


@pytest.mark.parametrize(
    ("style", "level", "words"),
    [("nigth", "easy", "did you mean 'night'"), ("ticks", "tiny", "letters need discs"), ("zzz", "tiny", "use one of")],
)
def test_bad_styles_are_refused(style, level, words):
    with pytest.raises(MediaError, match=words):
        render(make_map(0, level), style=style)


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_bad_scale_is_refused(scale):
    with pytest.raises(MediaError, match="whole number from 1"):
        render(make_map(0), scale=scale)
