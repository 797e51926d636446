from __future__ import annotations

import math

import pytest

from mmreason.parsing.boxed import last_boxed
from mmreason.rewards.accuracy import Accuracy
from mmreason.signals import check
from mmreason.types import Task
from vision_data.messages import user


def task(answer: str | None) -> Task:
    return Task(
        id="t", prompt=(user("What colour is the sky? Options: red, blue. Answer in \\boxed{}."),), answer=answer
    )


@pytest.mark.parametrize(
    ("text", "right"),
    [("\\boxed{Blue}", 1.0), ("The answer is blue.", 1.0), ("blue", 1.0), ("It is blue", 0.0), ("\\boxed{red}", 0.0)],
)
def test_right_or_wrong(say, text, right) -> None:
    assert Accuracy().rate(task("blue"), say(text)) == right


def test_without_a_gold_answer_nothing_is_measured(say) -> None:
    assert math.isnan(Accuracy().rate(task(None), say("blue")))


def test_what_cannot_be_extracted_is_wrong_even_if_gold_is_empty(say) -> None:
    only_boxes = Accuracy(extract=last_boxed)
    assert only_boxes.rate(task("blue"), say("The answer is blue.")) == 0.0
    assert only_boxes.rate(task(""), say("\\boxed{}")) == 0.0
    assert Accuracy().rate(task(""), say("")) == 0.0


def test_loopholes_earn_nothing(say, hostile) -> None:
    asked = task("blue")
    echo = str(asked.prompt[0].content[0])
    for text in (*hostile, echo, "red, blue", "\\boxed{red, blue}", "\\boxed{red blue}"):
        assert Accuracy().rate(asked, say(text)) == 0.0, text[:80]


def test_it_can_be_a_key() -> None:
    check(Accuracy())
    assert Accuracy() == Accuracy()
    assert Accuracy() != Accuracy(extract=last_boxed)
    assert len({Accuracy(), Accuracy()}) == 1
