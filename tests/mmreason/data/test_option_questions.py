"""Questions with options in a paper's form: lines of options, instructions, inversion, what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mmreason.data.option_questions import OPEN, SEVERAL, SINGLE, OptionQuestions, cut
from mmreason.data.records import BadRecord
from mmreason.errors import DataError, RecipeError
from mmreason.types import Task
from vision_data.frames import Uniform
from vision_data.media import Image, Video
from vision_data.messages import system, text_of, user
from vision_data.prompts import Invert

VIDEO = Video("film.mp4")
OPTIONS = ("a cube", "a ball", "a cone")


def asked(answer: str | None = "B", question: str = "What did it hit?", id: str = "q0", **record: Any) -> Task:
    text = f"\n{question}\nOptions:\nA. a cube\nB. a ball\nC. a cone"
    return Task(id=id, prompt=(user(VIDEO, text),), answer=answer, record={"options": list(OPTIONS), **record})


@dataclass(frozen=True)
class Given:
    tasks: tuple[Task, ...] = field(hash=False)

    def load_tasks(self, home: Path) -> tuple[list[Task], list[BadRecord]]:
        return list(self.tasks), []


def read(*tasks: Task, **how: Any) -> list[Task]:
    return OptionQuestions(Given(tasks), **how).load_tasks(Path())[0]


def test_one_letter_or_several_are_asked_for_and_the_record_has_the_question() -> None:
    one, several = read(asked("B"), asked("A,C", id="q1"), style="{letter} {text}")
    assert text_of(one.prompt) == f"\nWhat did it hit?\nA a cube\nB a ball\nC a cone\n{SINGLE}"
    assert text_of(several.prompt).endswith(f"C a cone\n{SEVERAL}")
    assert (one.answer, several.answer) == ("B", "A,C")
    assert one.record["question"] == "What did it hit?"
    assert [t.record["multi"] for t in (one, several)] == ["single", "multi"]


def test_what_has_no_right_option_no_options_or_another_type_is_left_out() -> None:
    open_task = Task(id="q3", prompt=(user("How many?"),), answer="3", record={"answer_type": "number"})
    tasks = (
        asked(type="counterfactual"),
        asked("", id="q1", type="counterfactual"),
        asked(id="q2", type="descriptive"),
    )
    assert [t.id for t in read(*tasks, open_task)] == ["q0", "q2"]
    assert [t.id for t in read(*tasks, open_task, types=("counterfactual",))] == ["q0"]
    kept = read(*tasks, open_task, open=True)[-1]
    assert text_of(kept.prompt).startswith(f"How many?\n{OPEN}")
    assert "number" in text_of(kept.prompt)


def test_frames_and_pixels_are_set_and_other_messages_stay() -> None:
    task = Task(
        id="q",
        prompt=(system("Be short."), user(VIDEO, Image(b"x"), "What?\n(A) a cube\n(B) a ball\nOne letter.")),
        answer="A",
        record={"options": ["a cube", "a ball"]},
    )
    found = read(task, frames=Uniform(16), max_pixels=100_352)[0].prompt
    assert found[0] == system("Be short.")
    video, image, text = found[1].content
    assert isinstance(video, Video)
    assert (video.frames, video.max_pixels) == (Uniform(16), 100_352)
    assert isinstance(image, Image)
    assert image.max_pixels == 100_352
    assert text == f"What?\nA. a cube\nB. a ball\n{SINGLE}\nOne letter."


def test_inversion_turns_single_answers_into_several_and_skips_what_it_cannot_negate() -> None:
    can, cannot = asked(), asked(question="What the ball hit?", id="q1")
    corrected = read(can, cannot, invert=Invert("corrected", probability=1.0))
    assert [t.record["inverted"] for t in corrected] == [True, False]
    assert "didn't" in text_of(corrected[0].prompt)
    right = {corrected[0].record["options"]["ABC".index(x)] for x in (corrected[0].answer or "").split(",")}
    assert "a ball" in corrected[0].record["options"]
    assert "a ball" not in right
    assert right
    assert corrected[1].answer == "B"
    released = read(can, cannot, invert=Invert("released", probability=1.0))
    assert [t.record["inverted"] for t in released] == [True, True]
    assert "What the ball hit?" in text_of(released[1].prompt)  # the question stays, its answers are turned round


def test_several_right_options_are_never_inverted() -> None:
    assert read(asked("A,C"), invert=Invert(probability=1.0))[0].answer == "A,C"


def test_a_subset_is_drawn_by_its_seed_alone() -> None:
    tasks = tuple(asked(id=f"q{i}") for i in range(50))
    found = [t.id for t in read(*tasks, num=5)]
    assert found == [t.id for t in read(*tasks, num=5)]
    assert found != [t.id for t in read(*tasks, num=5, seed=1)]
    assert len(read(*tasks, num=500)) == 50


def test_a_task_whose_options_are_not_shown_is_reported() -> None:
    hidden = Task(id="h", prompt=(user("What?"),), answer="A", record={"options": ["x", "y"]}, where="f.json row 7")
    tasks, bad = OptionQuestions(Given((asked(), hidden))).load_tasks(Path())
    assert [t.id for t in tasks] == ["q0"]
    assert bad[0].reason.startswith("f.json row 7: the options")
    with pytest.raises(DataError, match=r"no usable question of any type among 1 tasks; e\.g\. f\.json row 7"):
        read(hidden)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(RecipeError, match="needs a style of"):
        OptionQuestions(Given(()), style="* {text}")
    with pytest.raises(RecipeError, match="num >= 1 or None"):
        OptionQuestions(Given(()), num=0)
    assert cut("no options here", ["a", "b"]) is None
