"""Pairs in cells: what differs is what the faults say, splits share no description, ladders, and bad settings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mmreason.data.cell_pairs import FAULTS, CellPairs
from mmreason.data.pair_thoughts import PairTeacher, counted, seen
from mmreason.data.picture_ladders import PictureLadders
from mmreason.data.scene_cells import CELL
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.decision import chain_of, decision_text, read_decision, verdict_in
from vision_data.image import load_image
from vision_data.messages import media_of, text_of

MANY = CellPairs(60, levels=("medium", "hard"))


def test_the_better_picture_shows_what_is_described_and_the_worse_one_does_not() -> None:
    orders = Counter[int]()
    for index, pair in enumerate(MANY.pairs()):
        row = MANY.row(pair, index)
        better, worse = row["preference"], 3 - row["preference"]
        orders[better] += 1
        told = {counted(g["count"], g["colour"], g["kind"]) for g in row["groups"]}
        assert set(seen(row, better).split(", ")) == told
        assert seen(row, worse) != seen(row, better)
        assert row["description"].lower() == f"{' and '.join(counted(**g) for g in row['groups'])}.".lower()
        assert {fault["image"] for fault in row["faults"]} == {worse}
        assert len(row["faults"]) == (2 if row["level"] == "medium" else 1)
        assert ("noise" in {fault["kind"] for fault in row["faults"]}) == bool(row[f"noise_{worse}"])
        assert row[f"noise_{better}"] == 0
    assert orders == {1: 30, 2: 30}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_is_what_its_text_says(fault: str) -> None:
    spec = CellPairs(20, levels=("hard",), kinds=(fault,))
    for index, pair in enumerate(spec.pairs()):
        row = spec.row(pair, index)
        [told] = row["faults"]
        assert told["kind"] == fault
        shown = seen(row, told["image"])
        if fault == "noise":
            assert shown.endswith(", noisy")
        else:
            now, _, meant = told["text"].partition(" instead of ")
            assert meant in seen(row, row["preference"]).split(", ")
            assert meant not in shown.split(", ")
            assert now == "nothing" or now in shown.split(", ")


def test_of_two_faults_neither_makes_a_group_like_the_other() -> None:
    spec = CellPairs(300, levels=("medium",), groups=(2, 2), kinds=("colour", "object", "count"))
    for index, pair in enumerate(spec.pairs()):
        row = spec.row(pair, index)
        shown = seen(row, 3 - row["preference"]).split(", ")
        meant = seen(row, row["preference"]).split(", ")
        assert len(shown) == len(meant) == 2
        assert not set(shown) & set(meant), "each of two groups has its fault"


def test_things_fill_cells_and_the_pictures_differ_there_alone(tmp_path: Path) -> None:
    spec = CellPairs(8, levels=("hard",), kinds=("colour",))
    for task in spec.load_tasks(tmp_path)[0]:
        one, two = (np.asarray(load_image(medium).convert("RGB")) for medium in media_of(task.prompt))  # type: ignore[arg-type]
        assert one.shape == (112, 112, 3)
        differs = (one != two).any(-1).reshape(4, CELL, 4, CELL).any((1, 3))
        objects = [thing for thing in task.record["objects_1"] if thing not in task.record["objects_2"]]
        assert differs.sum() == len(objects) > 0
        assert all(differs[thing["box"][1] // CELL, thing["box"][0] // CELL] for thing in objects)
        assert task.answer == decision_text(task.record["preference"])
        assert task.record["description"] in text_of(task.prompt)


def test_splits_share_no_description_and_a_part_of_more_is_the_same() -> None:
    def described(num: int, split: str) -> list[str]:
        spec = CellPairs(num, split=split)
        return [spec.row(pair, at)["description"] for at, pair in enumerate(spec.pairs())]

    train, test = described(80, "train"), described(80, "test")
    sides = [{frozenset(text.lower().rstrip(".").split(" and ")) for text in texts} for texts in (train, test)]
    assert not sides[0] & sides[1]
    assert described(10, "train") == train[:10]
    assert len(set(train)) > 40


def test_a_teacher_is_right_and_ladders_lose_rank_with_every_fault(tmp_path: Path) -> None:
    for task in CellPairs(6, teacher=PairTeacher(num=1)).load_tasks(tmp_path)[0]:
        [text] = task.record["demonstrations"]
        assert read_decision(text) == task.record["preference"] == verdict_in(chain_of(text))
    ladders, _ = PictureLadders(CellPairs(2, split="test", levels=("medium",))).load_tasks(tmp_path)
    assert len(ladders) == 6, "three pictures a set"
    assert all(task.record["preference"] == (1 if np.diff(task.record["ranks"])[0] > 0 else 2) for task in ladders)


def test_bad_settings_are_told() -> None:
    for how, said in (
        ({"levels": ("harder",)}, "level"),
        ({"kinds": ("blur",)}, "fault"),
        ({"things": ("unicorn",)}, "thing"),
        ({"groups": (2, 4)}, r"one to three groups, in order, and a thing, got \(2, 4\)"),
        ({"size": 100}, "multiple of 28"),
    ):
        with pytest.raises(RecipeError, match=said):
            CellPairs(1, **how)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="allow more faults or groups"):
        next(CellPairs(1, levels=("medium",), kinds=("noise",)).pairs())
