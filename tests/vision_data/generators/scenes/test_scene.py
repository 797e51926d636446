from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops, ImageColor

from vision_data.errors import MediaError
from vision_data.generators.scenes import make_scene, render
from vision_data.generators.scenes.backdrops import backdrop
from vision_data.generators.scenes.icons import COLOURS
from vision_data.generators.scenes.layout import side_by_side
from vision_data.generators.scenes.outdoor import ICONS, plural
from vision_data.generators.scenes.scene import SPLITS, split_of, unit_of
from vision_data.generators.scenes.settings import SETTINGS
from vision_data.generators.scenes.sprites import sprite
from vision_data.generators.seeds import rng_for

CALM = [make_scene(seed, size) for size in (168, 224, 300) for seed in range(20)]
CROWDED = [make_scene(seed, 224, (7, 12), 0.5) for seed in range(30)]


def empty(scene):
    return backdrop(scene.setting, scene.size, scene.look, scene.flip)


def drawn(scene, *things):
    picture = empty(scene).copy()
    for thing in things:
        picture.paste(image := sprite(thing.kind, thing.colour, unit_of(scene.size)), thing.box[:2], image)
    return picture


def test_a_thing_drawn_alone_fills_its_box_exactly():
    for scene in CALM[::3] + CROWDED[::4]:
        for thing in scene.things:
            assert ImageChops.difference(drawn(scene, thing), empty(scene)).getbbox() == thing.box, thing


def test_the_visible_box_and_share_are_what_the_picture_shows():
    for scene in CROWDED:
        for at, thing in enumerate(scene.things):
            left, top, right, bottom = thing.visible_box
            assert thing.box[0] <= left < right <= thing.box[2]
            assert thing.box[1] <= top < bottom <= thing.box[3]
            # Pixel by pixel: what later things leave of it.
            mine, own = set(), sprite(thing.kind, thing.colour, unit_of(scene.size)).getchannel("A")
            for y in range(own.height):
                for x in range(own.width):
                    if own.getpixel((x, y)):
                        mine.add((x + thing.box[0], y + thing.box[1]))
            whole = len(mine)
            for later in scene.things[at + 1 :]:
                cover = sprite(later.kind, later.colour, unit_of(scene.size)).getchannel("A")
                mine = {
                    (x, y)
                    for x, y in mine
                    if not (later.box[0] <= x < later.box[2] and later.box[1] <= y < later.box[3])
                    or cover.getpixel((x - later.box[0], y - later.box[1])) <= 127
                }
            assert thing.visible == pytest.approx(len(mine) / whole, abs=0.001)
            xs, ys = zip(*mine, strict=True)
            assert thing.visible_box == (min(xs), min(ys), max(xs) + 1, max(ys) + 1)


def test_occlusion_is_a_limit_that_is_used():
    assert all(thing.visible >= 0.5 - 0.001 for scene in CROWDED for thing in scene.things)
    hidden = [thing for scene in CROWDED for thing in scene.things if thing.visible < 0.99]
    assert len(hidden) > 30
    for scene in CALM:
        assert all(thing.visible == 1 and thing.visible_box == thing.box for thing in scene.things)
        for one, other in combinations(scene.things, 2):
            a, b = one.box, other.box
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_things_stand_in_their_place_inside_the_picture():
    for scene in CALM + CROWDED:
        for thing in scene.things:
            place = SETTINGS[scene.setting].place(thing.place)
            left, right = (1 - place.right, 1 - place.left) if scene.flip else (place.left, place.right)
            assert thing.kind in place.kinds
            assert round(left * scene.size) <= thing.box[0] < thing.box[2] <= round(right * scene.size)
            assert round(place.feet[0] * scene.size) <= thing.box[3] <= round(place.feet[1] * scene.size)
            assert thing.box[1] >= 0


def test_places_never_mix():
    """What is on the table is never drawn over what is on the shelf."""
    for scene in CROWDED:
        for one, other in combinations(scene.things, 2):
            if one.place != other.place:
                assert one.box[3] <= other.box[1] or other.box[3] <= one.box[1]


def test_the_picture_is_backdrop_and_things_in_order():
    for scene in CALM[:8] + CROWDED[:8]:
        assert render(scene).tobytes() == drawn(scene, *scene.things).tobytes()
        assert render(scene).size == (scene.size, scene.size)


@pytest.mark.parametrize("kind", ICONS)
def test_a_thing_shows_its_colour_and_colours_differ(kind):
    icon = ICONS[kind]
    pictures = {colour: sprite(kind, colour, 34) for colour in icon.colours}
    for colour, picture in pictures.items():
        share = sum(
            count
            for count, pixel in picture.convert("RGBA").getcolors(10_000)
            if pixel[3] > 200
            and max(abs(a - b) for a, b in zip(pixel, ImageColor.getrgb(COLOURS[colour]), strict=False)) < 12
        )
        assert share > 0.1 * picture.width * picture.height, colour
    assert len({picture.tobytes() for picture in pictures.values()}) == len(icon.colours)
    assert min(next(iter(pictures.values())).size) >= 14
    assert plural(kind) != kind


def test_determinism_and_splits_by_arrangement():
    assert make_scene(4) == make_scene(4) != make_scene(5)
    for split in SPLITS:
        for seed in range(150):
            scene = make_scene(seed, num_objects=(1, 2), split=split)
            row = sorted(scene.things, key=lambda thing: thing.box[0])
            assert split_of(scene.setting, [(t.place, t.kind, t.colour) for t in row]) == split


def test_a_setting_can_be_chosen():
    assert {make_scene(seed, setting="park").setting for seed in range(5)} == {"park"}
    assert len({make_scene(seed).setting for seed in range(40)}) == 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 40), max_size=6), st.integers(0, 50), st.integers(0, 250), st.floats(0, 0.6), st.integers()
)
def test_side_by_side_keeps_order_room_and_gap(widths, left, length, overlap, seed):
    edges = side_by_side(rng_for(seed), widths, (left, left + length), overlap, 3)
    if not edges:
        assert not widths or sum(widths) + 3 * (len(widths) - 1) > length or overlap > 0
        return
    assert edges[0] >= left
    assert edges[-1] + widths[-1] <= left + length
    for at in range(len(edges) - 1):
        gap = edges[at + 1] - edges[at] - widths[at]
        assert gap >= (3 if overlap == 0 else -round(overlap * min(widths[at : at + 2])))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 100}, "168 to 896"),
        ({"num_objects": (0, 2)}, "within 1 to 12"),
        ({"num_objects": (5, 2)}, "ordered pair"),
        ({"occlusion": 0.9}, "from 0 to 0.6"),
        ({"split": "dev"}, "use train or test"),
        ({"setting": "moon"}, "use room, kitchen, street, park"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(MediaError, match=words):
        make_scene(0, **arguments)


def test_the_fullest_scene_finds_room():
    assert all(len(make_scene(seed, 168, (12, 12)).things) == 12 for seed in range(4))
