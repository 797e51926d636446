"""Prompts that tell the answer and ask for the thought."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmreason.data.geometry import SHORT, GeometryFigures
from mmreason.data.geometry_thoughts import StepsTeacher
from mmreason.data.reversed import SHORT_WHY, WHY, Reversed, reverse_prompt
from mmreason.errors import DataError
from mmreason.types import Task
from tests.mmreason.fakes import task
from vision_data.media import Image
from vision_data.messages import media_of, system, text_of, user


def test_the_answer_is_told_and_the_form_taken_out() -> None:
    picture = Image("a.png")
    asked = Task(id="a", prompt=(system("Be brief. Use tags."), user(picture, "\nHow many? Use tags.")), answer="3 {x}")
    found = reverse_prompt(asked, "It is {answer}. Why?", " Use tags.")
    assert text_of(found) == "Be brief.\n\nHow many?\nIt is 3 {x}. Why?"
    assert media_of(found) == (picture,)
    assert "The right answer is 3 {x}." in text_of(reverse_prompt(asked))
    assert "{answer}" in WHY


def test_a_picture_may_stand_last() -> None:
    asked = Task(id="a", prompt=(user("How many?", Image("a.png")),), answer="3")
    assert reverse_prompt(asked, SHORT_WHY)[0].content[-1] == "\nIt is 3. Why?"


def test_without_an_answer_there_is_nothing_to_explain() -> None:
    for answer in (None, "  "):
        with pytest.raises(DataError, match="task 'a': reverse thinking needs the gold answer"):
            reverse_prompt(task("a", answer=answer))


def test_lessons_have_the_thought_alone(tmp_path: Path) -> None:
    of = GeometryFigures(4, teacher=StepsTeacher(2))
    plain, turned = of.load_tasks(tmp_path)[0], Reversed(of, SHORT_WHY, SHORT).load_tasks(tmp_path)[0]
    for one, other in zip(plain, turned, strict=True):
        assert other.id == f"why-{one.id}"
        text = text_of(other.prompt)
        assert text.endswith(f"\nIt is {one.answer}. Why?")
        assert SHORT not in text
        assert [f"<think>{thought}</think>" in text for thought, text in zip(
            other.record["demonstrations"], one.record["demonstrations"], strict=True
        )] == [True, True]  # fmt: skip
    bare = Reversed(GeometryFigures(4), SHORT_WHY).load_tasks(tmp_path)[0]
    assert all("demonstrations" not in t.record for t in bare)
