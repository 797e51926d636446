"""What a completion says once its thought is over."""

from __future__ import annotations

from mmreason.parsing.boxed import last_boxed
from mmreason.parsing.spans import find_spans

OPEN, CLOSE = "<think>", "</think>"


def answer_block(text: str, opened: bool = False) -> str | None:
    r"""Give what stands after the thought, or in the last answer tag there; None for a thought that never ends.

    Args:
        text: A completion.
        opened: The prompt ends with the opening think tag, so a thought may be open without a tag in the text.

    >>> answer_block("<think>A?</think> So <answer>B</answer>"), answer_block("<think>A"), answer_block("A")
    ('B', None, 'A')
    """
    closed = text.rfind(CLOSE)
    if closed < 0 and (opened or OPEN in text):
        return None
    said = text[closed + len(CLOSE) :] if closed >= 0 else text
    answers = find_spans(said, "answer")
    return said[slice(*answers[-1])] if answers else said


def boxed_or_block(text: str, opened: bool = False) -> str | None:
    r"""Give the last box of what stands after the thought, and without a box all of it; see ``answer_block``.

    >>> boxed_or_block(r"<think>\boxed{1}</think> It is \boxed{[1, 2]}."), boxed_or_block('{"a": "the answer is 1"}')
    ('[1, 2]', '{"a": "the answer is 1"}')
    """
    said = answer_block(text, opened)
    boxed = None if said is None else last_boxed(said)
    return said if boxed is None else boxed
