"""Geometry figures as tasks, and the teacher's solutions."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.data.geometry import SHORT, GeometryFigures
from mmreason.data.geometry_thoughts import StepsTeacher
from mmreason.errors import RecipeError
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.format import ThinkAnswerFormat
from mmreason.rewards.math_accuracy import MathAccuracy
from mmreason.types import Task
from tests.mmreason.fakes import comp
from vision_data.errors import MediaError
from vision_data.messages import media_of, text_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("figures")


def drawn(home: Path, **how: object) -> list[Task]:
    return GeometryFigures(16, steps=(1, 2), **how).load_tasks(home)[0]  # type: ignore[arg-type]


def test_a_problem_has_its_numbers_in_the_text_and_no_options(home: Path) -> None:
    for t in drawn(home):
        text = text_of(t.prompt)
        assert len(media_of(t.prompt)) == 1
        assert text.endswith(f". {SHORT}")
        assert "In the figure" not in text
        assert not any(sign in text for sign in ("\N{ANGLE}", "\N{DEGREE SIGN}", "\\boxed"))
        assert "options" not in t.record
        assert len(t.record["choices"]) == 4
        assert any(digit in text for digit in "0123456789")
        assert MathAccuracy().rate(t, comp([1], text=f"<think>\n\n</think><answer>{t.answer}</answer>")) == 1


def test_splits_share_no_numbers(home: Path) -> None:
    train, test = (
        {(t.record["template"], *t.record["steps"]) for t in drawn(home, split=s)} for s in ("train", "test")
    )
    assert not train & test


def test_a_clean_teacher_is_right_and_a_slipping_one_is_wrong(home: Path) -> None:
    for slip, right in ((0.0, 1.0), (1.0, 0.0)):
        for t in drawn(home, teacher=StepsTeacher(num=3, slip=slip)):
            for text in t.record["demonstrations"]:
                c = comp([1], text=text)
                assert ThinkAnswerFormat().rate(t, c) == 1
                assert MathAccuracy().rate(t, c) == right
                parts = parse_think_answer(text)
                assert f"= {parts.answer} (" in (parts.think or "")  # the thought comes to what is answered


def test_texts_depend_on_the_id_alone(home: Path) -> None:
    teacher = StepsTeacher(slip=0.5)
    first, again = drawn(home, teacher=teacher), drawn(home, teacher=teacher)
    assert [t.record["demonstrations"] for t in first] == [t.record["demonstrations"] for t in again]
    assert teacher.texts(first[3].id, first[3].record) == first[3].record["demonstrations"]


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="did you mean 'circles'"):
        GeometryFigures(2, families=("circle",)).load_tasks(tmp_path)
    with pytest.raises(RecipeError, match="slip from 0 to 1"):
        StepsTeacher(slip=-0.1)
