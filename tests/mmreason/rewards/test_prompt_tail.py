from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmreason.data.text import RandomCalculation
from mmreason.data.text.partial_prompts import PartialPrompts
from mmreason.errors import RecipeError
from mmreason.rewards.prompt_tail import PromptTail, truncated
from mmreason.types import Task

TAIL = Task(id="t", prompt=(), record={"tail": "sum of all the positive integers"})


def test_worked_numbers(say) -> None:
    said = say("the sum of all positive")
    assert PromptTail("rouge_l").rate(TAIL, said) == pytest.approx(0.727273, abs=1e-6)
    assert PromptTail().rate(TAIL, said) == 0.0
    assert PromptTail().rate(TAIL, say(" sum of all\nthe positive integers. And more")) == 0.0
    assert PromptTail().rate(TAIL, say("sum of all the positive integers is 3")) == 1.0
    assert PromptTail(cut=False).rate(TAIL, say("sum of all the positive integers is 3")) == 0.0


def test_nothing_to_compare_is_missing_and_an_endless_text_is_fine(say) -> None:
    assert math.isnan(PromptTail().rate(Task(id="t", prompt=()), say("a")))
    assert PromptTail("rouge_l", cut=False).rate(TAIL, say("of " * 300_000)) < 0.01


@given(st.text(max_size=60), st.sampled_from([0.4, 0.6, 0.8]))
def test_the_two_parts_are_the_question(question, share) -> None:
    words, parts = question.split(), truncated(question, share)
    if len(words) < 3:
        assert parts is None
    else:
        assert parts is not None
        assert parts[0].split() + parts[1].split() == words
        assert len(parts[0].split()) == math.floor(share * len(words) + 1e-9)


def test_partial_prompts_keep_the_answer_of_the_whole() -> None:
    whole = RandomCalculation(num=3).load_tasks(None)[0]
    cut = PartialPrompts(RandomCalculation(num=3), 0.4).load_tasks(None)[0]
    for task, part in zip(whole, cut, strict=True):
        shown = part.prompt[0].content[0]
        assert task.prompt[0].content[0].startswith(shown)
        assert part.answer == task.answer
        assert shown.split() + part.record["tail"].split() == task.prompt[0].content[0].split()


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_share_that_hides_nothing_or_all_is_refused(share) -> None:
    with pytest.raises(RecipeError, match="share is"):
        PartialPrompts(RandomCalculation(num=1), share)
