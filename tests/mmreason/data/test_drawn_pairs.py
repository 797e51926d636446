"""Pairs that are drawn for the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.data.drawn_pairs import MapPairs, PicturePairs, boxed
from mmreason.rewards.reasonmap_accuracy import ReasonMapAccuracy
from mmreason.signals import check
from tests.mmreason.fakes import comp
from vision_data.messages import media_of


@pytest.mark.parametrize("split", ["train", "test"])
def test_of_two_answers_about_a_map_the_chosen_one_alone_is_right(tmp_path: Path, split: str) -> None:
    spec = MapPairs(4, seed=3, split=split)
    check(spec)
    tasks, _ = spec.load_tasks(tmp_path)
    assert len(tasks) == 4 * 5
    judge = ReasonMapAccuracy()
    for task in tasks:
        chosen, rejected = task.record["chosen"], task.record["rejected"]
        assert [judge.rate(task, comp([1], text=text)) for text in (chosen, rejected)] == [1.0, 0.0]
        assert boxed(chosen) != boxed(rejected)
    again, _ = MapPairs(4, seed=3, split=split).load_tasks(tmp_path / "other")
    assert [task.record["rejected"] for task in tasks] == [task.record["rejected"] for task in again]


def test_pairs_of_pictures_are_the_same_again_and_share_nothing_between_splits(tmp_path: Path) -> None:
    spec = PicturePairs(4)
    check(spec)
    tasks, _ = spec.load_tasks(tmp_path)
    again, _ = PicturePairs(4).load_tasks(tmp_path / "other")
    assert [task.record for task in tasks] == [task.record for task in again]
    assert [len(media_of(task.prompt)) for task in tasks] == [2] * 4
    for task in tasks:
        chain, _, decision = task.record["chosen"].partition("</think>")
        other, _, against = task.record["rejected"].partition("</think>")
        assert chain == other
        assert sorted([decision, against]) == [
            '<answer>{"image_1": 0, "image_2": 1}</answer>', '<answer>{"image_1": 1, "image_2": 0}</answer>',
        ]  # fmt: skip
    held_out, _ = PicturePairs(4, split="test").load_tasks(tmp_path)
    assert not {task.record["chosen"] for task in tasks} & {task.record["chosen"] for task in held_out}
