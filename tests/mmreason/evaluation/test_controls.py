"""Controls: pictures taken away, options shuffled and put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.errors import DataError
from mmreason.evaluation.comparison import consistency
from mmreason.evaluation.controls import First, ShuffledOptions, TextOnly, blind, choices
from mmreason.types import Task
from tests.mmreason.evaluation.world import OPTIONS, Colours, item
from vision_data.messages import media_of, text_of, user


def test_only_the_first_tasks(tmp_path: Path) -> None:
    assert [task.id for task in First(Colours(5), 2).load_tasks(tmp_path)[0]] == ["q0", "q1"]
    assert len(First(Colours(1), 2).load_tasks(tmp_path)[0]) == 1


def test_text_only_takes_the_picture_and_nothing_else(tmp_path: Path) -> None:
    before, after = Colours(6).load_tasks(tmp_path)[0], TextOnly(Colours(6)).load_tasks(tmp_path)[0]
    assert all(not media_of(task.prompt) for task in after)
    assert [text_of(task.prompt) for task in after] == [text_of(task.prompt) for task in before]
    assert [(t.id, t.answer, t.record) for t in after] == [(t.id, t.answer, t.record) for t in before]
    assert blind(Task(id="t", prompt=(user(media_of(before[0].prompt)[0]), user("?")))).prompt == (user("?"),)


def test_shuffled_options_have_another_letter_and_the_same_answer(tmp_path: Path) -> None:
    before = {task.id: task for task in Colours(9).load_tasks(tmp_path)[0]}
    after = ShuffledOptions(Colours(9), seed=1).load_tasks(tmp_path)[0]
    assert [task.id for task in after] == [id for id, task in before.items() if "options" in task.record]
    for task in after:
        old = before[task.id]
        assert task.answer != old.answer
        place, was = "ABC".index(task.answer or ""), "ABC".index(old.answer or "")
        assert task.record["options"][place] == OPTIONS[was]
        assert f"{task.answer}. {OPTIONS[was]}" in text_of(task.prompt)
        assert (
            choices(task, f"<answer>{task.answer}</answer>") == (was,) == choices(old, f"<answer>{old.answer}</answer>")
        )
        assert choices(task, f"<answer>{OPTIONS[was]}</answer>") == (was,), "by its text too"
        assert choices(task, "no idea") == ()


def test_the_same_seed_shuffles_the_same(tmp_path: Path) -> None:
    assert ShuffledOptions(Colours(9), 1).load_tasks(tmp_path) == ShuffledOptions(Colours(9), 1).load_tasks(tmp_path)


def test_a_task_without_options_chooses_nothing(tmp_path: Path) -> None:
    assert choices(Colours(1).load_tasks(tmp_path)[0][0], "A") is None


def test_controls_that_could_change_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no question has a picture"):
        TextOnly(TextOnly(Colours(3))).load_tasks(tmp_path)
    with pytest.raises(DataError, match="none of 1 questions has options"):
        ShuffledOptions(First(Colours(1), 1)).load_tasks(tmp_path)


def test_consistency_compares_content_and_an_unread_answer_is_not_the_same() -> None:
    exams = [("a", (0,), (0,)), ("b", (1,), (0,)), ("c", (), ()), ("d", (0, 2), (0, 2))]
    items = [item(task, 1.0, chosen=(before,)) for task, before, _ in exams]
    items += [item(task, 1.0, exam="greedy-shuffle-options", chosen=(after,)) for task, _, after in exams]
    assert consistency(items, "greedy").value == 0.5
