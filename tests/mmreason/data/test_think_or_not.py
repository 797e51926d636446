"""Real data sets in the form of TON."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from mmreason.data.aitz import AitzEpisodes
from mmreason.data.formats import FormatTasks
from mmreason.data.think_or_not import ACT, ACTIONS, HYBRID, Kind, ThinkOrNot, written
from mmreason.errors import DataError, RecipeError
from mmreason.types import Task
from vision_data.errors import MediaError
from vision_data.media import Image
from vision_data.messages import media_of, text_of

SAMPLES = Path(__file__).parents[2] / "data"
AITZ, GEOQA, CLEVR = SAMPLES / "aitz" / "G-1.json", SAMPLES / "geoqa" / "train.json", SAMPLES / "r1v" / "r1v.jsonl"


def read(path: Path, kind: Kind, **how: Any) -> list[Task]:
    return ThinkOrNot(FormatTasks(path), kind, **how).load_tasks(Path())[0]


def test_counting() -> None:
    first, second = read(CLEVR, "counting")
    assert (first.answer, second.answer) == ("2", "1")
    assert text_of(first.prompt).endswith("then the final number between <answer> and </answer>.")
    [picture] = media_of(first.prompt)
    assert isinstance(picture, Image)
    assert (picture.min_pixels, picture.max_pixels) == (3_136, 501_760)
    [hybrid] = read(CLEVR, "counting", hybrid=True, num=1)
    assert text_of(hybrid.prompt).endswith(HYBRID)


def test_geometry_loses_its_options() -> None:
    [found] = read(GEOQA, "geometry")
    assert found.answer == "4"
    assert text_of(found.prompt).strip().split("\n")[0] == "The disc has radius 2. What is its diameter?"
    assert "\nA" not in text_of(found.prompt)
    assert "options" not in found.record
    assert found.record["choices"] == ["1", "2", "4", "8"]


def test_screens_with_their_past() -> None:
    tasks = read(AITZ, "gui")
    assert [json.dumps(t.record["type"]) for t in tasks][:3] == ['"CLICK"', '"SCROLL UP"', '"TYPE"']
    assert tasks[0].answer == "{'action': 'CLICK', 'value': None, 'position': [0.2, 0.5]}"
    assert tasks[-1].answer == "{'action': 'STATUS_TASK_COMPLETE', 'value': None, 'position': None}"
    assert [len(media_of(t.prompt)) for t in tasks] == [1, 2, 3, 4]
    assert [len(media_of(t.prompt)) for t in read(AITZ, "gui", screens=1)] == [1, 2, 2, 2]
    assert [len(media_of(t.prompt)) for t in read(AITZ, "gui", screens=0)] == [1, 1, 1, 1]
    assert tasks[2].prompt[0].role == "system"
    assert text_of(tasks[2].prompt[:1]) == f"{ACTIONS}\n{ACT}"
    own = media_of(tasks[2].prompt)[-1]
    assert isinstance(own, Image)
    assert str(own.source).endswith("G-1_2.png")
    for name in ("CLICK", "TYPE", "SCROLL UP", "PRESS ENTER", "STATUS_TASK_COMPLETE"):
        assert name in ACTIONS


def test_annotated_thoughts_are_texts_to_learn_from(tmp_path: Path) -> None:
    rows = json.loads(AITZ.read_text(encoding="utf-8"))
    rows[0]["coat_action_think"] = " To write, open the pad. "
    copytree(AITZ.parent / "general", tmp_path / "general")
    path = tmp_path / "G-1.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    [taught] = read(path, "gui", taught=True)
    assert taught.record["demonstrations"] == [
        "<think>To write, open the pad.</think>"
        "<action>{'action': 'CLICK', 'value': None, 'position': [0.2, 0.5]}</action>"
    ]
    with pytest.raises(DataError, match=r"G-1\.json has no task with a thought in coat_action_think"):
        read(AITZ, "gui", taught=True)


def test_a_folder_of_episodes(tmp_path: Path) -> None:
    """As AITZ is unpacked: train/general/G-1/G-1.json, and pictures counted from train."""
    rows = json.loads(AITZ.read_text(encoding="utf-8"))
    for name in ("G-1", "G-2"):
        own = tmp_path / "train" / "general" / name
        copytree(AITZ.parent / "general" / "G-1", own)
        changed = [
            {**row, "episode_id": name, "image_path": row["image_path"].replace("general/G-1/", f"general/{name}/")}
            for row in rows
        ]
        (own / f"{name}.json").write_text(json.dumps(changed), encoding="utf-8")
    for path in (tmp_path, tmp_path / "train", tmp_path / "train" / "general"):
        tasks, bad = AitzEpisodes(path).load_tasks(tmp_path)
        assert [t.id for t in tasks] == [f"{name}-{step}" for name in ("G-1", "G-2") for step in range(4)]
        assert bad == []
    asked = ThinkOrNot(AitzEpisodes(tmp_path), "gui").load_tasks(tmp_path)[0]
    assert [len(media_of(t.prompt)) for t in asked] == [1, 2, 3, 4] * 2  # screens of the own episode alone
    (tmp_path / "train" / "general" / "G-1" / "G-1_2.png").unlink()
    with pytest.raises(DataError, match=r"record 3: image 1: .*does not exist"):
        AitzEpisodes(tmp_path).load_tasks(tmp_path)
    tasks, bad = AitzEpisodes(tmp_path, "skip").load_tasks(tmp_path)
    assert (len(tasks), len(bad)) == (7, 1)
    with pytest.raises(DataError, match="holds no JSON file"):
        AitzEpisodes(tmp_path / "none").load_tasks(tmp_path)


def test_what_cannot_be_asked_is_told() -> None:
    with pytest.raises(
        DataError, match=r"r1v\.jsonl has no task that can be used, e\.g\. .*expected an action such as"
    ):
        read(CLEVR, "gui")
    with pytest.raises(MediaError, match="expected an action"):
        written("[1, 2]")
    for how, message in (
        ({"kind": "chess"}, "kind is 'chess'"),
        ({"num": 0}, "num >= 1"),
        ({"screens": -1}, "screens"),
    ):
        with pytest.raises(RecipeError, match=message):
            ThinkOrNot(FormatTasks(CLEVR), **how)


def test_some_are_drawn_the_same_ones() -> None:
    assert [t.id for t in read(AITZ, "gui", num=2)] == [t.id for t in read(AITZ, "gui", num=2)]
    assert len(read(AITZ, "gui", num=9)) == 4
