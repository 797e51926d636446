from __future__ import annotations

import pytest
from PIL import ImageChops, ImageStat

from vision_data.generators.geometry import FAMILIES, make_problem, questions, render


def touch(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("size", [168, 336])
@pytest.mark.parametrize("family", FAMILIES)
def test_labels_lie_on_nothing(family, size):
    for seed in range(8):
        problem = make_problem(seed, family=family, size=size)
        bare, full = render(problem, labels=False), render(problem)
        assert full.size == (size, size)
        labels = questions(problem)[0]["labels"]
        for at, label in enumerate(labels):
            box = label["box"]
            assert 0 <= box[0] < box[2] <= size
            assert 0 <= box[1] < box[3] <= size
            cut = (int(box[0]), int(box[1]), round(box[2]), round(box[3]))
            # Nothing is drawn where the text stands, and the text is drawn.
            assert ImageStat.Stat(bare.crop(cut)).extrema == [(255, 255)] * 3, label
            assert ImageStat.Stat(full.crop(cut).convert("L")).extrema[0][0] < 160, label
            assert not any(touch(box, other["box"]) for other in labels[:at])
        # All that the labels add is inside their boxes (a pixel around for the smooth edge).
        rest = ImageChops.difference(bare, full)
        for label in labels:
            left, top, right, bottom = label["box"]
            rest.paste((0, 0, 0), (int(left) - 1, int(top) - 1, int(right) + 2, int(bottom) + 2))
        assert rest.getbbox() is None


def test_lines_are_dark_along_their_length():
    problem = make_problem(3, family="areas", size=448)
    (record,) = questions(problem)
    picture = render(problem, labels=False).convert("L")
    for one, other in record["lines"]:
        (x, y), (u, v) = record["points"][one], record["points"][other]
        for share in (0.1, 0.35, 0.65, 0.9):
            assert picture.getpixel((int(x + share * (u - x)), int(y + share * (v - y)))) < 140


def test_every_point_with_a_name_bears_it_close_by():
    for seed in range(20):
        problem = make_problem(seed, size=336)
        (record,) = questions(problem)
        boxes = {label["text"]: label["box"] for label in record["labels"]}
        for name, (x, y) in record["points"].items():
            if name in problem.sketch.silent:
                assert name not in boxes
                continue
            left, top, right, bottom = boxes[name]
            away = max(left - x, x - right, 0) ** 2 + max(top - y, y - bottom, 0) ** 2
            assert away < 22**2


def test_same_picture_twice():
    problem = make_problem(1)
    assert render(problem).tobytes() == render(make_problem(1)).tobytes()
