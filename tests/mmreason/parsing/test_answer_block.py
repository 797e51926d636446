from __future__ import annotations

import pytest

from mmreason.parsing.answer_block import answer_block, boxed_or_block


@pytest.mark.parametrize(
    ("text", "block", "boxed"),
    [
        ("A", "A", "A"),
        ("<think>A</think>B", "B", "B"),
        ("<think>A</think><answer>B</answer><answer>C</answer>", "C", "C"),
        ("<answer>A</answer></think>B", "B", "B"),
        ("<think>A", None, None),
        (r"<think>\boxed{1}</think> \boxed{2} \boxed{3", r" \boxed{2} \boxed{3", "2"),
        (r"<answer>x \boxed{2}</answer>", r"x \boxed{2}", "2"),
        ("", "", ""),
    ],
)
def test_blocks(text: str, block: str | None, boxed: str | None) -> None:
    assert answer_block(text) == block
    assert boxed_or_block(text) == boxed


def test_a_thought_opened_by_the_prompt() -> None:
    assert answer_block("A", opened=True) is None
    assert answer_block("A</think>B", opened=True) == "B"
