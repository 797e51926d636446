from __future__ import annotations

import pytest

from mmreason.parsing.think_answer import ThinkAnswer, parse_think_answer


@pytest.mark.parametrize(
    ("text", "think", "answer", "well_formed"),
    [
        ("<think>a</think><answer>b</answer>", "a", "b", True),
        (" <think>a</think>\n\n<answer>b</answer>\n", "a", "b", True),
        ("<think></think><answer></answer>", "", "", True),
        ("<think>a</think> so <answer>b</answer>", "a", "b", False),
        ("<think>a</think><answer>b</answer> done", "a", "b", False),
        ("<answer>b</answer><think>a</think>", "a", "b", False),
        ("<think>a</think><answer>b</answer><answer>c</answer>", "a", "c", False),
        ("<think>a</think><think>c</think><answer>b</answer>", "a", "b", False),
        ("<think>a <answer>b</answer>", "a ", "b", False),
        ("<think>a</think><answer>b", "a", "b", False),
        ("a</think><answer>b</answer>", "a", "b", False),
        ("<think>a", "a", None, False),
        ("<answer>b</answer>", None, "b", False),
        ("b", None, None, False),
        ("", None, None, False),
    ],
)
def test_broken_layouts_are_read(text: str, think: str | None, answer: str | None, well_formed: bool) -> None:
    assert parse_think_answer(text) == ThinkAnswer(think, answer, well_formed)


def test_a_tag_that_the_prompt_opened() -> None:
    assert parse_think_answer("a</think><answer>b</answer>", opened=True) == ThinkAnswer("a", "b", True)
    assert not parse_think_answer("<think>a</think><answer>b</answer>", opened=True).well_formed


def test_other_tag_names() -> None:
    text = "<reason>a</reason><final>b</final>"
    assert parse_think_answer(text, think="reason", answer="final") == ThinkAnswer("a", "b", True)


def test_many_tags_are_survived() -> None:
    assert parse_think_answer("<think>" * 50_000 + "<answer>" * 50_000).answer == ""
