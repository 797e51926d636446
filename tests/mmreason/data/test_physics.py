"""Generated videos of collisions as tasks: prompts, answers, demonstrations, inversion, the same in every process."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mmreason.data.physics import SEVERAL, SINGLE, PhysicsVideos, what
from mmreason.data.physics_colours import colours_seen
from mmreason.data.physics_thoughts import OptionTeacher
from mmreason.errors import DataError, RecipeError
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rewards.soft_multi_answer import letters
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.frames import Uniform
from vision_data.generators.physics.spec import COLOURS
from vision_data.media import Video
from vision_data.messages import media_of, text_of
from vision_data.prompts import MultipleChoice

TYPES = ("predictive", "counterfactual")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def read(home: Path, spec: PhysicsVideos) -> list[Task]:
    tasks, bad = spec.load_tasks(home)
    assert bad == []
    return tasks


def test_prompts_are_those_of_clevrer_in_the_paper(home: Path) -> None:
    for task in read(home, PhysicsVideos(6, types=TYPES, answers="mixed")):
        (video,) = media_of(task.prompt)
        assert isinstance(video, Video)
        assert Path(str(video.source)).is_file()
        assert video.frames == Uniform(4)
        lines = text_of(task.prompt).strip().splitlines()
        assert lines[0].startswith("What ")
        assert lines[1] == f"A {task.record['options'][0]}"
        several = len(letters(task.answer or "")) > 1
        assert lines[-1] == (SEVERAL if several else SINGLE)
        assert task.record["multi"] == ("multi" if several else "single")


def test_inversion_makes_several_right_options_and_shares_the_videos(home: Path) -> None:
    single, turned = (read(home, PhysicsVideos(6, types=TYPES, answers=kind)) for kind in ("single", "inverted"))
    assert [t.id for t in single] == [t.id for t in turned]
    assert {media_of(t.prompt) for t in single} == {media_of(t.prompt) for t in turned}
    inverted = [(a, b) for a, b in zip(single, turned, strict=True) if b.record["inverted"]]
    assert 0 < len(inverted) < len(single)
    for before, after in inverted:
        assert "n't happen" in after.record["question"]
        (right,) = MultipleChoice.from_record(before.record).gold
        old, new = before.record["options"], after.record["options"]
        assert new.index(old[right]) not in MultipleChoice.from_record(after.record).gold
        assert len(letters(after.answer or "")) == len(new) - 1


def test_the_corrected_rule_leaves_questions_that_it_cannot_negate_and_the_released_one_mislabels_them(
    home: Path,
) -> None:
    found = {}
    for kind in ("inverted", "inverted-released"):
        spec = PhysicsVideos(6, types=("descriptive",), per_type=12, answers=kind, objects=(4, 5))
        found[kind] = read(home, spec)
    assert not any(t.record["inverted"] for t in found["inverted"])
    wrong = [t for t in found["inverted-released"] if t.record["inverted"]]
    assert wrong
    assert not any("n't" in t.record["question"] or " not " in t.record["question"] for t in wrong)


def test_train_and_test_share_no_world(home: Path) -> None:
    worlds = [
        {str(t.record["objects"]) for t in read(home, PhysicsVideos(6, split=split, types=TYPES))}
        for split in ("train", "test")
    ]
    assert not worlds[0] & worlds[1]


def test_demonstrations_are_well_formed_and_err_as_often_as_asked(home: Path) -> None:
    teacher = OptionTeacher(num=40, slip=0.3, lettered=0.5, stray=0.2)
    tasks = read(home, PhysicsVideos(6, types=TYPES, answers="mixed", teacher=teacher))
    again = read(home, PhysicsVideos(6, types=TYPES, answers="mixed", teacher=teacher))
    seen: Counter[str] = Counter()
    for task, twin in zip(tasks, again, strict=True):
        assert task.record["demonstrations"] == twin.record["demonstrations"]
        for text in task.record["demonstrations"]:
            assert ThinkAnswerFormat().rate(task, comp([1], text=text)) == 1
            parts = parse_think_answer(text)
            seen["all"] += 1
            seen["right"] += letters(parts.answer or "") == letters(task.answer or "")
            seen["words"] += any(option in (parts.think or "") for option in task.record["options"])
    assert 0.5 < seen["right"] / seen["all"] < 0.75  # both right 0.7 x 0.8, or wrong twice
    assert 0.4 < seen["words"] / seen["all"] < 0.6


def test_a_teacher_without_faults_is_right() -> None:
    question = MultipleChoice("?", ("a", "b", "c"), (0, 2))
    assert set(OptionTeacher(slip=0).texts("k", question)) == {"<think>It is a and c.</think><answer>A,C</answer>"}
    only = MultipleChoice("?", ("a",), (0,))
    assert set(OptionTeacher(slip=1, stray=1).texts("k", only)) == {"<think>It is a.</think><answer>A</answer>"}


def test_questions_are_asked_with_what() -> None:
    assert what("Which of these will happen within 0.9 seconds after the video ends?").startswith(
        "What will happen within"
    )
    assert what("If the red cube were taken away, which of these would not happen before the video ends?") == (
        "What wouldn't happen before the video ends if the red cube were taken away?"
    )
    assert what("How many?") == "How many?"


def test_bad_settings_and_damaged_folders_are_told(home: Path) -> None:
    with pytest.raises(RecipeError, match="answers is 'some'"):
        PhysicsVideos(3, answers="some")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="slip, lettered and stray from 0 to 1"):
        OptionTeacher(slip=2)
    spec = PhysicsVideos(2, seed=9)
    spec.load_tasks(home)
    (spec.folder(home) / "records.jsonl").write_text('{"id": 1', encoding="utf-8")
    with pytest.raises(DataError, match="remove its folder and it is drawn again"):
        spec.load_tasks(home)


def test_colours_that_are_seen_follow_from_the_objects(home: Path) -> None:
    tasks = read(home, PhysicsVideos(6, types=("seen",), per_type=4, answers="mixed"))
    assert {t.record["multi"] for t in tasks} == {"single", "multi"}
    for task in tasks:
        question = MultipleChoice.from_record(task.record)
        absent = " not seen" in question.question
        for i, colour in enumerate(question.options):
            assert (i in question.gold) == ((colour in task.record["objects"]) != absent)
        assert 0 < len(question.gold) < len(question.options) == 4
    alone = read(home, PhysicsVideos(6, types=("seen",), per_type=4, answers="single"))
    assert {t.record["multi"] for t in alone} == {"single"}
    assert colours_seen(["red"], ["red", "blue"], 0) is None


def test_a_question_about_a_colour_gets_colours_to_choose_from(home: Path) -> None:
    tasks = read(home, PhysicsVideos(4, types=("descriptive",), per_type=12, answers="single", colours=4))
    assert len(tasks) > 5
    for task in tasks:
        assert len(set(task.record["options"])) == 4
        assert set(task.record["options"]) <= set(COLOURS)
        assert "colour" in task.record["question"]
    assert len({t.answer for t in tasks}) > 1
    with pytest.raises(RecipeError, match="colours is 9"):
        PhysicsVideos(6, colours=9)
