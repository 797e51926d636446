"""Questions with options on transit maps as tasks, and several sources as one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmreason.data.joined import Joined
from mmreason.data.line_options import SHORT, LineOptions
from mmreason.errors import RecipeError
from mmreason.rewards.care.video_r1_accuracy import VideoR1Accuracy
from mmreason.types import Completion
from vision_data.errors import MediaError
from vision_data.generators.transit.line_options import LineTeacher
from vision_data.media import Image
from vision_data.messages import media_of, text_of
from vision_data.prompts import MultipleChoice


def test_tasks_are_asked_in_turn_and_hold_what_rewards_need(tmp_path: Path) -> None:
    spec = LineOptions(8, 3, kinds=("at", "only"), level="L2", teacher=LineTeacher(2))
    tasks, bad = spec.load_tasks(tmp_path)
    assert not bad
    assert [task.record["kind"] for task in tasks] == ["at", "only"] * 4
    assert len({task.id for task in tasks}) == 8
    for task in tasks:
        (picture,) = media_of(task.prompt)
        assert isinstance(picture, Image)
        assert text_of(task.prompt).endswith(SHORT)
        question = MultipleChoice.from_record(task.record)
        assert question.answer == task.answer
        assert question.text("{letter} {text}") in text_of(task.prompt)
        assert task.record["level"] == "L2"
        assert len(task.record["demonstrations"]) == 2


@pytest.mark.parametrize(("answers", "several"), [("single", False), ("multi", True)])
def test_answers_are_as_many_as_asked_for(tmp_path: Path, answers: str, several: bool) -> None:
    tasks, _ = LineOptions(6, answers=answers, kinds=("at",)).load_tasks(tmp_path)  # type: ignore[arg-type]
    assert all(("," in (task.answer or "")) == several for task in tasks)


def test_a_larger_set_begins_with_the_smaller_and_splits_share_no_question(tmp_path: Path) -> None:
    small, large = (LineOptions(num, 5).load_tasks(tmp_path)[0] for num in (4, 8))
    assert [task.record for task in small] == [task.record for task in large[:4]]
    test = LineOptions(4, 5, "test").load_tasks(tmp_path)[0]
    assert not {str(task.record) for task in small} & {str(task.record) for task in test}


def test_a_worked_answer_earns_the_reward(tmp_path: Path) -> None:
    for task in LineOptions(6, answers="single", kinds=("at", "both"), teacher=LineTeacher()).load_tasks(tmp_path)[0]:
        (text,) = task.record["demonstrations"]
        assert VideoR1Accuracy().rate(task, said(text))


def said(text: str) -> Completion:
    num = len(text)
    return Completion(
        text=text,
        tokens=torch.zeros(num, dtype=torch.long),
        logprobs=torch.zeros(num),
        wrote=torch.ones(num, dtype=torch.bool),
        offsets=torch.stack([torch.arange(num), torch.arange(num) + 1], dim=1),
    )


def test_what_no_map_can_be_asked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="LineOptions: answers is 'some'"):
        LineOptions(2, answers="some")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="LineOptions needs num >= 1 and a kind, got 0"):
        LineOptions(0)
    with pytest.raises(MediaError, match="unknown kind of question"):
        LineOptions(1, kinds=("under",)).load_tasks(tmp_path)
    assert not list((tmp_path / "data").glob("lines-*"))


def test_joined_sources_keep_their_tasks_apart(tmp_path: Path) -> None:
    one = LineOptions(2, 1)
    tasks, bad = Joined((("L1", one), ("", one), ("L2", one))).load_tasks(tmp_path)
    plain = [task.id for task in one.load_tasks(tmp_path)[0]]
    assert [task.id for task in tasks] == [f"L1/{id}" for id in plain] + plain + [f"L2/{id}" for id in plain]
    assert not bad
