r"""Which part of a completion is its answer to a mathematical question."""

from __future__ import annotations

from mmreason.parsing.answers import final_answer
from mmreason.parsing.spans import find_spans

OPEN, CLOSE = "<think>", "</think>"


def math_answer(text: str, opened: bool = False) -> str | None:
    r"""Give the one answer that counts, or None.

    What stands in the thought never counts, boxed or not: the answer follows the last ``</think>``, and a thought that
    is never closed has none. Of several answer tags or boxes the last counts. Without a box it is what follows "the
    answer is", or else the whole text.

    Args:
        text: A completion.
        opened: The prompt ends with the opening think tag, so a thought may be open without a tag in the text.

    >>> math_answer(r"<think>\boxed{1}?</think> It is \boxed{2} or rather \boxed{3}.")
    '3'
    """
    closed = text.rfind(CLOSE)
    if closed < 0 and (opened or OPEN in text):
        return None
    said = text[closed + len(CLOSE) :] if closed >= 0 else text
    answers = find_spans(said, "answer")
    return final_answer(said[slice(*answers[-1])] if answers else said).strip() or None
