from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("matplotlib")

import matplotlib
import numpy as np
from PIL import ImageColor

from vision_data.generators.charts import KINDS, draw, make_chart, render
from vision_data.generators.charts.render import figure
from vision_data.generators.charts.spec import LEVELS
from vision_data.generators.charts.styles import STYLES


def near(one, other, slack=30):
    return all(abs(a - b) <= slack for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", ["tiny", "easy"])
def test_marks_are_where_the_picture_has_their_colour(kind, level):
    chart = make_chart(11, level, kind=kind, readable=True, printed=False)
    picture, marks = draw(chart)
    assert picture.size == chart.level.size
    assert picture.mode == "RGB"
    assert [mark["value"] for mark in marks] == [v for s in chart.series for v in chart.table.numbers(s)]
    for at, mark in enumerate(marks):
        left, top, right, bottom = mark["box"]
        assert 0 <= left < right <= picture.width
        assert 0 <= top < bottom <= picture.height
        if kind == "pie":
            continue
        many = kind == "bar" and len(chart.inks) > 1
        ink = chart.inks[at if many else chart.series.index(mark["series"])]
        assert near(picture.getpixel((int((left + right) / 2), int((top + bottom) / 2))), ImageColor.getrgb(ink))


@pytest.mark.parametrize("kind", ["bar", "grouped", "stacked"])
@pytest.mark.parametrize("readable", [True, False])
def test_slots_put_each_category_and_its_name_into_a_cell(kind, readable):
    level = replace(LEVELS["tiny"], size=(112, 112), categories=(2, 3), slot=28, printed=0.0, unreadable=0.0)
    for seed in range(4):
        chart = make_chart(seed, level, kind=kind, style="plain", readable=readable)
        if chart.dense:
            continue
        picture, marks = draw(chart)
        for at, mark in enumerate(marks):
            left, _, right, bottom = mark["box"]
            cell = 1 + at % len(chart.names)
            assert 28 * cell - 1 <= left < right <= 28 * (cell + 1) + 1
            assert bottom <= 85
        below = np.asarray(picture).sum(-1)[88:] < 300
        inked = [bool(below[:, 28 * cell : 28 * cell + 28].any()) for cell in range(4)]
        assert inked[1 : 1 + len(chart.names)] == [True] * len(chart.names)
        assert not any(inked[1 + len(chart.names) :])


@pytest.mark.parametrize("kind", ["bar", "grouped", "stacked"])
def test_bars_are_as_long_as_their_values(kind):
    for seed in range(2):
        chart = make_chart(seed, "middle", kind=kind, readable=True)
        sides = (0, 2) if chart.sideways else (1, 3)
        lengths = [mark["box"][sides[1]] - mark["box"][sides[0]] for mark in draw(chart)[1]]
        values = [value for series in chart.series for value in chart.table.numbers(series)]
        scale = sum(lengths) / sum(values)
        assert all(abs(length - value * scale) <= 0.3 for length, value in zip(lengths, values, strict=True))


def test_points_stand_at_their_values():
    chart = make_chart(4, "easy", kind="scatter", readable=True)
    marks = draw(chart)[1]
    (x0, y0), (x1, y1) = ((marks[at]["name"], marks[at]["value"]) for at in (0, -1))
    px = [((mark["box"][0] + mark["box"][2]) / 2, (mark["box"][1] + mark["box"][3]) / 2) for mark in marks]
    for mark, (left, top) in zip(marks, px, strict=True):
        assert left == pytest.approx(px[0][0] + (mark["name"] - x0) / (x1 - x0) * (px[-1][0] - px[0][0]), abs=0.3)
        if y1 != y0:
            assert top == pytest.approx(px[0][1] + (mark["value"] - y0) / (y1 - y0) * (px[-1][1] - px[0][1]), abs=0.3)


def texts(canvas, ax):
    """Boxes of all texts that show, as matplotlib measures them."""
    from matplotlib.text import Text

    shown = [text for text in canvas.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in shown]


@pytest.mark.parametrize("level", ["tiny", "easy", "hard"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_cut_or_lies_on_another(kind, level):
    for seed in range(2):
        chart = make_chart(seed, level, ["train", "test"][seed % 2], kind, list(STYLES)[seed * 2], readable=seed == 0)
        canvas, ax = figure(chart)
        width, height = chart.level.size
        boxes = texts(canvas, ax)
        for text, box in boxes:
            assert box.x0 >= -1, text
            assert box.y0 >= -1, text
            assert box.x1 <= width + 1, text
            assert box.y1 <= height + 1, text
        for at, (one, box) in enumerate(boxes):
            for other, more in boxes[:at]:
                across = min(box.x1, more.x1) - max(box.x0, more.x0)
                along = min(box.y1, more.y1) - max(box.y0, more.y0)
                assert across <= 1 or along <= 1, (one, other, seed)


def test_same_picture_whatever_the_users_settings():
    chart = make_chart(2, "easy")
    before = render(chart).tobytes()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "figure.dpi": 50}):
        assert render(chart).tobytes() == before
        assert matplotlib.rcParams["font.size"] == 30
