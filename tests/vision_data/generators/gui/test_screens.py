from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from PIL import Image, ImageChops, ImageColor

from vision_data.errors import MediaError
from vision_data.generators.gui import make_episode, render
from vision_data.generators.gui.apps import APPS, TEST, TRAIN
from vision_data.generators.gui.fonts import font
from vision_data.generators.gui.glyphs import GLYPHS
from vision_data.generators.gui.widgets import HEIGHT, WIDTH

EPISODES = [make_episode(seed, split, detours=0.7) for split in ("train", "test") for seed in range(40)]
SCREENS = [step.screen for episode in EPISODES for step in episode.steps]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("scale", [1, 2])
def test_nothing_of_a_widget_is_drawn_outside_its_box_and_every_widget_is_seen(scale):
    for screen in SCREENS[:: 60 * scale**2]:
        whole = render(screen, scale)
        for at, widget in enumerate(screen.widgets):
            if widget.kind == "scrim":
                continue
            without = replace(screen, widgets=screen.widgets[:at] + screen.widgets[at + 1 :])
            box = ImageChops.difference(whole, render(without, scale)).getbbox()
            hidden = any(other.layer > widget.layer for other in screen.widgets) or widget.kind == "dialog"
            assert box is not None or hidden, widget
            if box is not None:
                left, top, right, bottom = (edge * scale for edge in widget.box)
                assert left <= box[0] < box[2] <= right, widget
                assert top <= box[1] < box[3] <= bottom, widget


def test_widgets_lie_on_the_screen_and_those_one_can_touch_lie_apart():
    for screen in SCREENS:
        for widget in screen.widgets:
            left, top, right, bottom = widget.box
            assert 0 <= left < right <= WIDTH
            assert 0 <= top < bottom <= HEIGHT
        touchable = [widget for widget in screen.widgets if widget.clickable]
        assert all(not overlap(one.box, other.box) for one, other in combinations(touchable, 2))
        assert len({widget.layer for widget in touchable}) <= 1
        assert len({(widget.kind, widget.text) for widget in touchable}) == len(touchable)
        top = max(widget.layer for widget in screen.widgets)
        assert all(widget.layer == top for widget in touchable)


def test_sizes_and_scales():
    assert render(SCREENS[0]).size == (196, 336)
    assert render(SCREENS[0], 3).size == (588, 1008)
    for scale in (0, 7, 1.5):
        with pytest.raises(MediaError, match="1 to 6"):
            render(SCREENS[0], scale)


def test_every_word_of_every_app_fits():
    for app in TRAIN + TEST:
        assert 8 <= len(app.entries) == len(set(app.entries))
        for entry in app.entries:
            assert font(14).getlength(entry) <= WIDTH - 20, entry
            assert font(12).getlength(entry) <= 188 - 42 - 4, entry
            assert font(11).getlength(f"{entry} deleted") <= 184 - 20, entry
        for text in app.switches:
            assert font(12).getlength(text) <= WIDTH - 60, text
        assert font(10).getlength(app.name) <= 56
        assert font(12).getlength(f"Delete this {app.noun}?") <= 160 - 24
        assert font(14).getlength(f"New {app.noun}") <= 128
        assert font(12).getlength(f"Search {app.name}") <= 150


def test_the_splits_share_no_app_no_sign_and_no_words():
    train, test = (
        (
            {app.name for app in apps},
            {app.glyph for app in apps},
            {app.accent for app in apps},
            {entry for app in apps for entry in app.entries},
            {app.noun for app in apps},
            {text for app in apps for text in app.switches},
        )
        for apps in APPS.values()
    )
    assert all(one.isdisjoint(other) for one, other in zip(train, test, strict=True))
    assert all(glyph in GLYPHS for glyph in train[1] | test[1])


def test_no_screen_is_in_both_splits():
    pictures = {split: set() for split in APPS}
    for episode in EPISODES:
        pictures[episode.split] |= {render(step.screen).tobytes() for step in episode.steps[:1]}
    assert pictures["train"].isdisjoint(pictures["test"])


def test_a_switch_shows_whether_it_is_on():
    for episode in EPISODES:
        for screen in (step.screen for step in episode.steps):
            for widget in screen.widgets:
                if widget.kind == "switch":
                    picture = render(screen)
                    x, y = (widget.box[2] - 36, widget.box[2] - 18), (widget.box[1] + widget.box[3]) // 2
                    left, right = (picture.getpixel((at, y)) for at in x)
                    knob = right if widget.state == "on" else left
                    assert knob == (255, 255, 255)
                    body = left if widget.state == "on" else right
                    assert (body == ImageColor.getrgb(widget.colour)) == (widget.state == "on")
                    break


def test_a_dialog_dims_what_lies_below():
    screen = next(screen for screen in SCREENS if any(widget.kind == "dialog" for widget in screen.widgets))
    bare = replace(screen, widgets=tuple(widget for widget in screen.widgets if widget.layer == 0))
    dimmed, bright = render(screen).convert("L"), render(bare).convert("L")
    edge = (0, 210, WIDTH, HEIGHT)
    assert isinstance(dimmed, Image.Image)
    assert sum(dimmed.crop(edge).tobytes()) < 0.6 * sum(bright.crop(edge).tobytes())
