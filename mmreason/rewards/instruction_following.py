"""Instructions that can be checked by rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mmreason.errors import DataError
from mmreason.parsing.answer_block import answer_block
from mmreason.parsing.instructions import check_instruction, follows
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.golds import NAN, Extract, one_of, place
from mmreason.types import Completion, Task

Over = Literal["all", "share"]


def instruction_following(
    text: str,
    kinds: Sequence[str],
    kwargs: Sequence[Mapping[str, Any] | None],
    loose: bool = False,
    over: Over = "all",
) -> float:
    """Rate a response against its instructions.

    Args:
        text: The response.
        kinds: IFEval's ids of the instructions, such as ``length_constraints:number_words``.
        kwargs: Arguments of each.
        loose: The paper's loose score in place of the strict one.
        over: ``all`` gives 1 where all are followed, else 0 (prompt level); ``share`` the share that is (instruction
            level).

    Returns:
        0 to 1; NaN without instructions, and where it hangs on one that cannot be checked without a model.

    Raises:
        DataError: a kind is unknown, or arguments are missing.

    >>> instruction_following("hi", ["change_case:english_lowercase", "startend:quotation"], [{}, {}], over="share")
    0.5
    """
    if len(kinds) != len(kwargs):
        raise DataError(f"there are {len(kinds)} instructions and arguments of {len(kwargs)}, expected one for each")
    found = [follows(text, kind, args, loose) for kind, args in zip(kinds, kwargs, strict=True)]
    measured = [x for x in found if x is not None]
    if not measured or (over == "all" and all(measured) and len(measured) < len(found)):
        return NAN
    return float(all(measured)) if over == "all" else math.fsum(measured) / len(measured)


@dataclass(frozen=True)
class InstructionFollowing(CompletionReward):
    """IFEval's verifiable instructions, arXiv:2311.07911: strict or loose, for the prompt or for each instruction.

    Reads ``instruction_id_list`` and ``kwargs`` of the record; NaN for one without. Of languages only the script is
    looked at; where that does not tell (Latin letters), the instruction is not measured. Differs from the released
    code in that keywords are text and no regular expressions, that exactly one of the constrained responses must be
    given, that commas of all scripts are commas, and in how sentences are split.

    Args:
        loose: Loose score: also without the first line, the last line, both, and without asterisks.
        over: ``all`` (prompt level) or ``share`` (instruction level).
        extract: Completion text to response; by default what follows the thought.

    Raises:
        RecipeError: ``over`` is neither of the two.
        DataError: in ``rate``, for an instruction that is unknown or lacks an argument.
    """

    loose: bool = False
    over: Over = "all"
    extract: Extract = answer_block

    def __post_init__(self) -> None:
        one_of(self.over, get_args(Over), "InstructionFollowing: over")

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        kinds, kwargs = task.record.get("instruction_id_list"), task.record.get("kwargs")
        if kinds is None:
            return NAN
        if not isinstance(kinds, list | tuple) or not isinstance(kwargs, list | tuple) or len(kinds) != len(kwargs):
            raise DataError(
                f"{place(task)}: instruction_id_list and kwargs are {str(kinds)[:60]!r} and {str(kwargs)[:60]!r}, "
                "expected two lists of the same length"
            )
        for kind, args in zip(kinds, kwargs, strict=True):
            check_instruction(kind, args, place(task))
        return instruction_following(self.extract(completion.text) or "", kinds, kwargs, self.loose, self.over)
