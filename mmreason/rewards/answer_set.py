"""Questions with several right answers: all of them, or how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mmreason.parsing.answer_items import read_items
from mmreason.parsing.choice import read_choices
from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.plain_text import normalise_text
from mmreason.rewards.golds import NAN, AgainstGold, Extract, one_of
from mmreason.rewards.multiple_choice import options_of
from mmreason.types import Task

Credit = Literal["all", "jaccard", "f1", "precision", "recall"]


def overlap(found: frozenset[object], gold: frozenset[object], credit: Credit = "all") -> float:
    """Rate one set against another: 1 for equal ones, else what ``credit`` gives; an empty set earns nothing.

    Args:
        found: What was answered.
        gold: What is right.
        credit: ``all`` (1 or 0), ``jaccard`` (common over all), ``f1``, ``precision`` (common over answered), or
            ``recall`` (common over right: naming everything earns 1).

    >>> [round(overlap(frozenset("ABD"), frozenset("AC"), credit), 4) for credit in ("all", "jaccard", "f1")]
    [0.0, 0.25, 0.4]
    """
    if not found or not gold:
        return 0.0
    common = len(found & gold)
    return {
        "all": float(found == gold),
        "jaccard": common / len(found | gold),
        "f1": 2 * common / (len(found) + len(gold)),
        "precision": common / len(found),
        "recall": common / len(gold),
    }[credit]


def set_match(
    text: str, gold: str, options: Sequence[str] = (), credit: Credit = "all", extract: Extract = math_answer
) -> float:
    """Rate an answer that names several things, in any order, each counted once.

    Parts are separated as ``read_items`` says. Where every gold part is the letter or the text of an option, parts are
    options (``A,C``, ``(A) and (C)``, ``AC``); else normalised texts. A part that names nothing right counts as wrong.

    Args:
        text: A completion.
        gold: The right answers; NaN is given where there is none.
        options: Texts of the options, without letters.
        credit: See ``overlap``.
        extract: Completion text to answer.

    >>> set_match("C and A", "A,C"), set_match("A, B, C, D", "A,C"), set_match("cats; dogs", "dogs, cats")
    (1.0, 0.0, 1.0)
    """
    answer, wanted = extract(text) or "", read_choices(gold, options)
    if wanted and None not in wanted:
        said = read_choices(answer, options)
        # What cannot be read is as wrong as another option, and each such part counts.
        found = frozenset(("unread", i) if one is None else one for i, one in enumerate(said))
        return overlap(found, frozenset(wanted), credit)
    right = frozenset(map(_word, read_items(gold))) - {""}
    return overlap(frozenset(map(_word, read_items(answer))), right, credit) if right else NAN


def _word(item: str) -> str:
    return normalise_text(item)


@dataclass(frozen=True)
class SetMatch(AgainstGold):
    """Answers that name several things: all right ones and no other, or partial credit. Not from a paper.

    ``credit="f1"`` over letters is HumanOmniV2's reward of questions with several right options, arXiv:2506.21277.

    Args:
        credit: ``all`` (1 or 0), ``jaccard``, ``f1``, ``precision`` or ``recall``; under ``recall`` naming everything
            earns 1, so it is for measuring alone.
        extract: Completion text to answer; by default what follows the thought: the last box, or "the answer is ...",
            or all of it.

    Raises:
        RecipeError: ``credit`` is none of these.
    """

    credit: Credit = "all"
    extract: Extract = math_answer

    def __post_init__(self) -> None:
        one_of(self.credit, get_args(Credit), "SetMatch: credit")

    def compare(self, text: str, gold: str, task: Task) -> float:
        """Give 0 to 1, or NaN."""
        return set_match(text, gold, options_of(task), self.credit, self.extract)
