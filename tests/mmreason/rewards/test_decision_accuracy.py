"""Format and accuracy of decisions; who is decided for."""

from __future__ import annotations

import math
from collections.abc import Callable

from mmreason.parsing.decision import decision_text
from mmreason.rewards.decision import ChainForFirst, DecidesForFirst, DecisionAccuracy, DecisionFormat, preferred
from mmreason.types import Completion
from tests.mmreason.fakes import comp, task

FIRST, SECOND = decision_text(1), decision_text(2)
TASK = task(answer=SECOND)


def of(text: str) -> tuple[float, float]:
    return DecisionFormat().rate(TASK, comp([1], text=text)), DecisionAccuracy().rate(TASK, comp([1], text=text))


def test_form_and_decision_are_apart() -> None:
    assert of(f"<think> So image 2. </think><answer>{SECOND}</answer>") == (1, 1)
    assert of(f"<think> So image 2. </think><answer>{FIRST}</answer>") == (1, 0)
    assert of(f"<think> So image 2. </think>{SECOND}") == (0, 1), "a decision without the tag"
    assert of(f"<answer>{SECOND}</answer>") == (0, 1), "no think block"
    assert of("<think> So image 2. </think><answer>2</answer>") == (0, 0)
    assert of('<think> So. </think><answer>{"image_1": 1, "image_2": 1}</answer>') == (0, 0), "both"
    assert of("<think> So image 2. </think>") == (0, 0), "no answer"
    assert of(f"<think> So. </think><answer>{SECOND}</answer> Done.") == (0, 1), "text around it"
    opened = DecisionFormat(opened=True).rate(TASK, comp([1], text=f"So. </think><answer>{FIRST}</answer>"))
    assert opened == 1


def test_hostile_texts(hostile: list[str], say: Callable[[str], Completion]) -> None:
    for text in hostile:
        assert DecisionFormat().rate(TASK, say(text)) == 0
        assert DecisionAccuracy().rate(TASK, say(text)) == 0
        assert math.isnan(DecidesForFirst().rate(TASK, say(text)))
        assert math.isnan(ChainForFirst().rate(TASK, say(text)))


def test_without_a_gold_decision_nothing_is_measured() -> None:
    for other in (task(), task(answer="A")):
        assert math.isnan(DecisionAccuracy().rate(other, comp([1], text=FIRST)))
        assert preferred(other) is None
    assert preferred(TASK) == 2


def test_who_is_decided_for_and_who_is_named() -> None:
    c = comp([1], text=f"<think> image 1 is red. So image 2. </think><answer>{FIRST}</answer>")
    assert DecidesForFirst().rate(TASK, c) == 1
    assert ChainForFirst().rate(TASK, c) == 0
