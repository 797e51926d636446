"""Boxes drawn beside the traces: the lines, the pictures, and going on from a checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image as Pictures

from mmreason.runs.box_overlays import GAP, GOLD, OVERLAYS, SAID, BoxOverlays, KeepBoxes, OverlayPart
from mmreason.signals import check, roles
from mmreason.types import Alone, Batch, Group, Progress, Task
from tests.mmreason.fakes import comp, settled
from vision_data.media import Image
from vision_data.messages import user


def group(id: str = "q0", *texts: str, picture: bool = True, **record: Any) -> Group:
    shown = (Image.of(Pictures.new("RGB", (100, 50), "white")),) if picture else ()
    fields = {"width": 100, "height": 50, "bboxs": [[10, 10, 40, 40]], **record}
    task = Task(id=id, prompt=(user(*shown, "\nHow many?"),), answer="1", record=fields)
    return Group(task, tuple(comp([1], text=text) for text in texts or ("[60,5,90,45]", "none")))


def batch(*groups: Group, step: int = 0, keep: KeepBoxes = KeepBoxes()) -> Batch:
    return replace(settled(groups, keep), progress=Progress(step, 20, "train"))


def part(home: Path, spec: BoxOverlays = BoxOverlays(), rank: int = 0) -> OverlayPart:
    return spec.open(cast("Any", SimpleNamespace(home=home, across=SimpleNamespace(rank=rank))))


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "overlays" / "train.jsonl").read_text().splitlines()]


def test_a_line_and_a_drawing_a_group(tmp_path: Path) -> None:
    part(tmp_path).write(KeepBoxes().records(batch(group(), group("q 1/x", "[0,0,100,50]"))))
    one, two = lines(tmp_path)
    assert one["task"] == "q0"
    assert one["gold"] == [[0.1, 0.2, 0.4, 0.8]]
    assert one["completions"] == [[[0.6, 0.1, 0.9, 0.9]], []]
    assert one["iou"] == [0.0, 0.0]
    assert two["iou"] == [pytest.approx(900 / 5000)]
    assert two["drawing"] == "train/000000-q_1_x.png"
    drawn = Pictures.open(tmp_path / "overlays" / one["drawing"])
    scale = 3  # 100 pixels are few: enlarged to at most 336
    assert drawn.size == (3 * 100 * scale + 2 * GAP, 50 * scale)
    assert drawn.getpixel((10 * scale, 20 * scale)) == GOLD
    assert drawn.getpixel((100 * scale + GAP + 60 * scale, 20 * scale)) == SAID
    assert SAID not in {c for _, c in drawn.crop((200 * scale + 2 * GAP, 0, *drawn.size)).getcolors(9999) or []}


def test_only_some_steps_and_groups_are_kept() -> None:
    keep = KeepBoxes(every=5, most=1)
    check(keep)
    assert OVERLAYS in roles(keep)
    assert [len(keep.records(batch(group(), group("q1"), step=step, keep=keep))) for step in (0, 1, 5)] == [1, 0, 1]


def test_without_a_picture_or_gold_boxes_the_line_is_there(tmp_path: Path) -> None:
    part(tmp_path).write(KeepBoxes().records(batch(group(picture=False, bboxs=[]))))
    [line] = lines(tmp_path)
    assert (line["drawing"], line["gold"], line["iou"]) == (None, [], [None, None])


def test_few_completions_are_drawn_and_all_are_told(tmp_path: Path) -> None:
    part(tmp_path, BoxOverlays(shown=1)).write(KeepBoxes().records(batch(group("q0", *["[0,0,9,9]"] * 6))))
    [line] = lines(tmp_path)
    assert len(line["completions"]) == 6
    assert Pictures.open(tmp_path / "overlays" / line["drawing"]).width == 2 * 300 + GAP


def test_a_run_goes_on_from_where_the_checkpoint_saw_the_file(tmp_path: Path) -> None:
    live = part(tmp_path)
    assert live.state_dict() == {}
    live.write(KeepBoxes().records(batch(group())))
    state = live.state_dict()
    live.write(KeepBoxes().records(batch(group("later"))))
    part(tmp_path).load_state_dict(state)
    assert [line["task"] for line in lines(tmp_path)] == ["q0"]
    part(tmp_path).load_state_dict({})
    assert not (tmp_path / "overlays" / "train.jsonl").exists()


def test_the_first_rank_writes_for_all(tmp_path: Path) -> None:
    second = part(tmp_path, rank=1)
    second.write(KeepBoxes().records(batch(group())))
    second.load_state_dict({})
    assert not (tmp_path / "overlays").exists()
    alone = BoxOverlays().open(cast("Any", SimpleNamespace(home=tmp_path, across=Alone())))
    alone.write(KeepBoxes().records(batch(group())))
    assert len(lines(tmp_path)) == 1


def test_it_answers_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="overlays draws boxes"):
        part(tmp_path).answer([])
