"""Put the options of a question in another order, so that the right letter changes (ACRE, arXiv:2510.10104)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from vision_data.errors import MediaError
from vision_data.generators.seeds import rng_for
from vision_data.prompts.multiple_choice import MultipleChoice
from vision_data.prompts.rearranged import Rearranged
from vision_data.prompts.references import is_placed, may_name_options, names_options, rename_options

Letters = Literal["refuse", "rename", "keep"]
"""What becomes of letters in questions and options. In "both A and B" they name options for certain and are renamed,
unless it is ``keep``: then all letters stay, as what they name is lettered in the picture. In "A and C" or "option B"
they may be either: ``refuse`` shuffles no such question, ``rename`` takes them for options."""


def shuffle_options(question: MultipleChoice, seed: int, letters: Letters = "refuse") -> Rearranged:
    """Draw an order and put the options in it.

    The order is drawn uniformly from those that change the letters of the right options (as a set). Where none does,
    or the right options are not known, from all but the present one. "All of the above" and its like stay where they
    are, and the same options stay above them.

    Args:
        question: what is shuffled; options are told apart by position, so equal texts do no harm.
        seed: of the draw, for instance ``derive(task_id, step)``.
        letters: see ``Letters``.

    Raises:
        MediaError: see ``why_fixed``.
    """
    reason = why_fixed(question, letters)
    if reason:
        raise MediaError(f"the options cannot be shuffled: {reason}; leave the question as it is")
    rng = rng_for("shuffle", seed)
    blocks = _blocks(question.options)
    must_move = any(0 < sum(i in question.gold for i in block) < len(block) for block in blocks)
    while True:
        order = [place for block in blocks for place in rng.sample(block, len(block))]
        gold = {new for new, old in enumerate(order) if old in question.gold}
        if gold != set(question.gold) if must_move else order != sorted(order):
            return reorder(question, order, letters)


def why_fixed(question: MultipleChoice, letters: Letters = "refuse") -> str:
    """Say why the options of a question cannot be shuffled; empty if they can."""
    for text in (question.question, *question.options):
        if letters == "refuse" and may_name_options(text, len(question.options)):
            return (
                f'{text.strip()[:60]!r} has letters of options or of things in the picture (letters="rename" says the '
                'one, letters="keep" the other)'
            )
    if all(len(block) < 2 for block in _blocks(question.options)):
        return "no two of them may change places"
    return ""


def reorder(question: MultipleChoice, order: Sequence[int], letters: Letters = "refuse") -> Rearranged:
    """Put the options in a given order.

    Args:
        question: what is reordered.
        order: for each new position the old one, all of them: ``(3, 2, 0, 1)`` makes the last option the first.
        letters: see ``Letters``; ``refuse`` leaves the unclear ones as they are.

    Raises:
        MediaError: ``order`` is no permutation of the options.
    """
    num = len(question.options)
    if sorted(order) != list(range(num)):
        raise MediaError(f"order is {list(order)}, expected each of 0 to {num - 1} once")
    asked, *texts = (question.question, *(question.options[old] for old in order))
    if letters == "rename":
        asked = rename_options(asked, order)
    if letters != "keep":
        texts = [rename_options(t, order) if letters == "rename" or names_options(t, num) else t for t in texts]
    gold = tuple(new for new, old in enumerate(order) if old in question.gold)
    return Rearranged(MultipleChoice(asked, tuple(texts), gold), question, tuple(order))


def _blocks(options: Sequence[str]) -> list[list[int]]:
    """Cut the positions at options that must stay; only within a block may options change places."""
    blocks: list[list[int]] = [[]]
    for place, text in enumerate(options):
        if is_placed(text):
            blocks += [[place], []]
        else:
            blocks[-1].append(place)
    return [block for block in blocks if block]
