from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from PIL import Image, ImageChops, ImageColor

from vision_data.errors import MediaError
from vision_data.generators import shapes
from vision_data.generators.shapes import KINDS, Scene, Shape, explain, make_scene, questions, render, write_dataset

SCENES = [make_scene(seed, size) for size in (112, 200, 448) for seed in range(40)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("box", [(10, 20, 40, 50), (3, 3, 17, 17), (60, 61, 101, 102)])
def test_a_shape_fills_its_box_exactly(kind, box):
    picture = render(Scene(0, "train", 112, (Shape(kind, "blue", box),)))
    assert ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox() == box


def test_shapes_lie_inside_and_apart_and_have_their_colour():
    for scene in SCENES:
        picture = render(scene)
        for at, shape in enumerate(scene.shapes):
            left, top, right, bottom = shape.box
            assert left >= 0
            assert top >= 0
            assert max(right, bottom) <= scene.size
            assert picture.getpixel(((left + right) // 2, (top + bottom) // 2)) == ImageColor.getrgb(
                shapes.COLOURS[shape.colour]
            )
            for other in scene.shapes[at + 1 :]:
                apart = (left >= other.box[2], other.box[0] >= right, top >= other.box[3], other.box[1] >= bottom)
                assert any(apart)


def test_answers_and_boxes_follow_from_the_objects():
    for scene in SCENES:
        for record in questions(scene, 0, count=4):
            what = re.search(r"How many (.+) are there", record["question"]).group(1).split()
            kind = what[-1].removesuffix("s")
            found = [
                entry
                for entry in record["objects"]
                if kind in ("shape", entry["kind"]) and (len(what) == 1 or what[0] == entry["colour"])
            ]
            assert record["answer"] == len(found)
            assert record["boxes"] == [entry["box"] for entry in found]
            assert len(record["objects"]) == len(scene.shapes)


def test_counts_vary_within_every_form_of_question():
    records = [record for seed in range(300) for record in questions(make_scene(seed), 0, count=4)]
    for form in ((False, False), (True, False), (False, True), (True, True)):
        answers = Counter(
            record["answer"] for record in records if (bool(record["colour"]), bool(record["kind"])) == form
        )
        assert len(answers) >= 2
        assert max(answers.values()) < 0.6 * sum(answers.values())
    texts = [record["question"] for record in questions(make_scene(0), 0, count=8)]
    assert len(set(texts)) == len(texts)


def test_traces_are_right_without_slips_and_often_wrong_with_them():
    wrong = total = 0
    for scene in SCENES:
        for record in questions(scene, 1, count=2):
            assert explain(record, scene, 0).endswith(f"\\boxed{{{record['answer']}}}")
            slipped = explain(record, scene, 0, slip=0.5)
            assert re.fullmatch(r"[\w ,]+\. \\boxed\{\d+\}", slipped)
            wrong += not slipped.endswith(f"\\boxed{{{record['answer']}}}")
            total += 1
    assert 0.3 < wrong / total < 0.9


def test_plain_answers_have_no_box():
    scene = make_scene(0)
    record = questions(scene, 0, boxed=False)[0]
    assert "boxed" not in record["question"]
    assert explain(record, scene, 0).endswith(f". {record['answer']}")


def test_determinism_and_splits():
    assert make_scene(4) == make_scene(4) != make_scene(5)
    assert questions(make_scene(4), 2, 3) == questions(make_scene(4), 2, 3)
    train, test = (
        {make_scene(s, num_shapes=(1, 2), split=split).shapes for s in range(300)} for split in shapes.SPLITS
    )
    assert train.isdisjoint(test)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 64}, "112 to 448"),
        ({"num_shapes": (0, 3)}, "within 1 to 12"),
        ({"num_shapes": (3, 2)}, "ordered pair"),
        ({"split": "dev"}, "use train or test"),
    ],
)
def test_bad_scenes_are_refused(arguments, words):
    with pytest.raises(MediaError, match=words):
        make_scene(0, **arguments)


def test_full_scenes_find_room():
    assert len(make_scene(0, 112, (12, 12)).shapes) == 12


def test_dataset_round_trip_and_interruption(tmp_path):
    path = write_dataset(tmp_path / "data", 3, seed=1, size=140)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({record["id"] for record in records}) == len(records) == 6
    scene = make_scene(records[0]["scene_seed"], 140)
    with Image.open(path.parent / records[0]["figure"]) as picture:
        assert picture.tobytes() == render(scene).tobytes()

    def interrupt(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "other", 3, seed=1, progress=interrupt)
    assert [entry.name for entry in tmp_path.iterdir()] == ["data"]
    with pytest.raises(MediaError, match="at least 1"):
        write_dataset(tmp_path / "other", 0, seed=1)
