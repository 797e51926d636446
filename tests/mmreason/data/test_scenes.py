"""Scenes as tasks: what is drawn, what is asked, who shares layouts with whom, and the teacher's chains."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.formats import FormatTasks
from mmreason.data.scene_cells import CELL, RELATIONS, Cells, render
from mmreason.data.scene_chains import ChainTeacher, another, written
from mmreason.data.scenes import SHORT, Scenes
from mmreason.errors import DataError, RecipeError
from mmreason.rewards.grit.box_count import BoxCount
from mmreason.rewards.grit.chain import chain_answer
from mmreason.rewards.grit.chain_format import ChainFormat
from mmreason.rewards.grit.grounding_iou import GroundingIoU
from mmreason.rewards.grit.released_tags import ReleasedTags
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.errors import MediaError
from vision_data.image import load_image
from vision_data.media import Image
from vision_data.messages import media_of, text_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenes")


def drawn(home: Path, num: int = 24, **how: Any) -> list[Task]:
    return Scenes(num, **{"types": ("counting", "relation"), **how}).load_tasks(home)[0]


def layout(record: Any) -> str:
    return repr(sorted((o["kind"], o["colour"], o["box"]) for o in record["objects"]))


def test_counts_are_those_of_the_objects_and_come_equally_often(home: Path) -> None:
    tasks = [t for t in drawn(home) if t.record["type"] == "counting"]
    assert Counter(t.answer for t in tasks) == {"1": 4, "2": 4, "3": 4}
    for t in tasks:
        words = str(t.record["question"]).removeprefix("How many ").removesuffix(" are there?").split()
        kind = words[-1].removesuffix("s")
        right = [
            o["box"]
            for o in t.record["objects"]
            if kind in ("thing", o["kind"]) and (len(words) == 1 or o["colour"] == words[0])
        ]
        assert right == t.record["boxes"] == t.record["bboxs"]
        assert t.record["count"] == len(right) == int(t.answer or "")
        assert (t.record["dataset"], t.record["size"]) == ("tallyqa", [112, 112])


def test_relations_are_true_of_the_boxes(home: Path) -> None:
    tasks = [t for t in drawn(home) if t.record["type"] == "relation"]
    assert Counter(t.answer for t in tasks) == {"yes": 6, "no": 6}
    for t in tasks:
        one, other = t.record["boxes"]
        [word] = [word for word in RELATIONS if f" {word} " in str(t.record["question"])]
        truth = {
            "left of": one[0] < other[0], "right of": one[0] > other[0],
            "above": one[1] < other[1], "below": one[1] > other[1],
        }[word]  # fmt: skip
        assert t.answer == ("yes" if truth else "no")
        named = str(t.record["question"]).removeprefix("Is the ").removesuffix("?").replace(word, "").split(" the ")
        looks = {tuple(o["box"]): f"{o['colour']} {o['kind']}" for o in t.record["objects"]}
        assert [looks[tuple(box)] for box in (one, other)] == [name.strip() for name in named]
        assert Counter(looks.values())[looks[tuple(one)]] == 1
        assert t.record["count"] is None


def test_each_thing_fills_its_box_in_a_cell_of_its_own(home: Path) -> None:
    for t in drawn(home)[:4]:
        [medium] = media_of(t.prompt)
        assert isinstance(medium, Image)
        picture = load_image(medium)
        assert picture.size == (112, 112)
        ground: Any = picture.getpixel((0, 0))
        cells = [(o["box"][0] // CELL, o["box"][1] // CELL) for o in t.record["objects"]]
        assert len(set(cells)) == len(cells)
        for thing in t.record["objects"]:
            left, top, right, bottom = thing["box"]
            inside = picture.crop((left, top, right, bottom))
            assert inside.getcolors(1000) != [(24 * 24, ground)]
            around = picture.crop((left - 2, top - 2, right + 2, bottom + 2))
            around.paste(ground, (2, 2, 26, 26))
            assert around.getcolors() == [(28 * 28, ground)]


def test_training_and_test_share_no_layout_and_nothing_depends_on_the_number(home: Path) -> None:
    train, test = drawn(home, 120), drawn(home, 120, split="test")
    assert not {layout(t.record) for t in train} & {layout(t.record) for t in test}
    assert not {t.id for t in train} & {t.id for t in test}
    shorter = drawn(home, 30)
    assert [t.record for t in shorter] == [t.record for t in train[:30]]
    assert [t.record for t in drawn(home, 30, seed=1)] != [t.record for t in shorter]


def test_the_prompt_is_picture_question_and_form(home: Path) -> None:
    t = drawn(home)[0]
    assert text_of(t.prompt).strip() == f"{t.record['question']} {SHORT}"
    bare = drawn(home, suffix="")[0]
    assert text_of(bare.prompt).strip() == bare.record["question"]


def test_the_file_is_one_of_grit(home: Path) -> None:
    spec = Scenes(24, types=("counting", "relation"))
    spec.load_tasks(home)
    tasks, bad = FormatTasks(spec.folder(home) / "records.jsonl").load()
    assert not bad
    assert tasks[0].record["source"]["format"] == "grit"
    assert [t.answer for t in tasks] == [t.answer for t in drawn(home)]


def test_rooms_are_the_generators(home: Path) -> None:
    tasks = drawn(home, 4, level="rooms", size=168, types=("counting", "where"))
    assert len(tasks) == 4
    for t in tasks:
        assert t.record["size"] == [168, 168]
        assert t.record["count"] == (int(t.answer or "") if t.record["type"] == "counting" else None)
        found = GroundingIoU().rate(t, comp([1], text=" ".join(map(written, t.record["boxes"]))))
        assert found == pytest.approx(1.0) or not t.record["boxes"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"size": 100}, "a multiple of 28 from 84 to 280, got 100"),
        ({"things": (5, 3)}, "things within 2 to 16"),
        ({"counts": (0, 9)}, "counts within 0 to the most things"),
        ({"types": ("colour",)}, "types are some of counting, relation"),
        ({"types": ()}, "types are some of"),
        ({"level": "streets"}, "Scenes: level is 'streets'"),
        ({"split": "dev"}, "Scenes: split is 'dev'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Scenes(4, **how)


def test_rooms_refuse_by_the_generator(home: Path) -> None:
    with pytest.raises(MediaError, match="size must be 168"):
        drawn(home, level="rooms")


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    spec = Scenes(2)
    spec.load_tasks(tmp_path)
    (spec.folder(tmp_path) / "records.jsonl").write_text("{")
    with pytest.raises(DataError, match="remove its folder"):
        spec.load_tasks(tmp_path)


def test_other_sizes_and_nothing_to_count() -> None:
    for size in (84, 140, 168):
        cells = Cells(size, (2, 5), (0, 2))
        records = [cells.record(0, index, "test") for index in range(6)]
        assert [r["answer"] for r in records] == ["0", "1", "2"] * 2
        assert all(max(o["box"]) <= size - 2 for r in records for o in r["objects"])
        assert render(records[0]).size == (size, size)


# The teacher


def test_a_clean_teacher_earns_everything(home: Path) -> None:
    for t in drawn(home, teacher=ChainTeacher(num=1)):
        [text] = t.record["demonstrations"]
        c = comp([1], text=text)
        assert ChainFormat().rate(t, c) == 1.5
        assert ReleasedTags().rate(t, c) == pytest.approx(1.0)
        assert BoxCount().rate(t, c) == float(t.record["type"] == "counting")
        assert GroundingIoU().rate(t, c) == pytest.approx(1.0)
        assert chain_answer(text) == t.answer


@pytest.mark.parametrize("slips", [{"miss": 1.0}, {"stray": 1.0}, {"slip": 1.0}])
def test_each_slip_is_its_own(home: Path, slips: dict[str, Any]) -> None:
    for t in drawn(home, teacher=ChainTeacher(num=1, **slips)):
        if len(t.record["boxes"]) == len(t.record["objects"]):
            continue  # nothing is left to stray to
        [text] = t.record["demonstrations"]
        c = comp([1], text=text)
        assert (chain_answer(text) == t.answer) == ("slip" not in slips)
        assert (GroundingIoU().rate(t, c) == pytest.approx(1.0)) == ("slip" in slips)
        if "miss" in slips:
            assert text.startswith("<think>I see none</think>")


def test_texts_depend_on_task_and_teacher_alone(home: Path) -> None:
    noisy = ChainTeacher(num=3, miss=0.3, stray=0.3, slip=0.3)
    texts = [t.record["demonstrations"] for t in drawn(home, teacher=noisy)]
    assert texts == [t.record["demonstrations"] for t in drawn(home, teacher=noisy)]
    assert texts != [t.record["demonstrations"] for t in drawn(home, teacher=ChainTeacher(3, 0.3, 0.3, 0.3, seed=1))]
    assert all(len(of_task) == 3 for of_task in texts)


def test_wrong_answers_have_the_form_of_the_right_one() -> None:
    import random

    rng = random.Random(0)
    assert another(rng, {}, "yes") == "no"
    assert another(rng, {}, "0") == "1"
    assert another(rng, {}, "3") in ("2", "4")
    assert another(rng, {"options": ["a", "b"]}, "a") == "b"
    assert another(rng, {}, "red") == "unknown"


@pytest.mark.parametrize("how", [{"num": 0}, {"miss": 1.5}, {"slip": -1}])
def test_a_teacher_of_no_probability_is_refused(how: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="ChainTeacher needs"):
        ChainTeacher(**how)


def test_records_are_plain_json(home: Path) -> None:
    json.dumps([dict(t.record) for t in drawn(home)])
