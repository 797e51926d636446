r"""Which part of a completion is its answer to a mathematical question, or to any that has a short answer."""

from __future__ import annotations

from mmreason.parsing.answer_block import answer_block
from mmreason.parsing.answers import final_answer


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
    said = answer_block(text, opened)
    return None if said is None else final_answer(said).strip() or None
