from __future__ import annotations

import pytest

from mmreason.parsing.math_answer import math_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{42}", "42"),
        (r"First \boxed{1}, then \boxed{2}.", "2"),
        (r"<think>\boxed{1}</think>\boxed{2}", "2"),
        (r"<think>\boxed{1}</think>No box.", "No box."),
        (r"<think>\boxed{1}</think>", None),
        (r"<think>\boxed{1}", None),
        (r"a</think>b</think>\boxed{3}", "3"),
        (r"<think>a</think><answer>\boxed{1}</answer>", "1"),
        (r"<think>a</think><answer>5</answer>", "5"),
        (r"<think>a</think>\boxed{9} <answer>5</answer>", "5"),
        (r"<answer>4</answer> no, <answer>5</answer>", "5"),
        ("The answer is 7. That was easy.", "7"),
        ("7", "7"),
        ("", None),
        (" \n ", None),
        (r"\boxed{}", None),
    ],
)
def test_one_answer_is_read(text: str, answer: str | None) -> None:
    assert math_answer(text) == answer


def test_a_thought_that_the_prompt_opened() -> None:
    assert math_answer(r"so \boxed{1}", opened=True) is None
    assert math_answer(r"so \boxed{1}</think>\boxed{2}", opened=True) == "2"
