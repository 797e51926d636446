"""Right or wrong, for puzzles that a verifier of their own checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mmreason.errors import DataError
from mmreason.parsing.last_json import last_json
from mmreason.parsing.math_answer import math_answer
from mmreason.parsing.think_answer import parse_think_answer
from mmreason.rewards.base import CompletionReward
from mmreason.rewards.puzzles import cells, deduction, latin, numbers, words
from mmreason.rewards.puzzles.arithmetic_target import verify_target
from mmreason.rewards.puzzles.reading import unfenced
from mmreason.types import Completion, Task

LONGEST = 4000
"""Characters of the longest answer that is looked at."""

VERIFIERS: Mapping[str, Callable[[str, Mapping[str, Any]], bool]] = {
    "boolean_expressions": words.verify_options,
    "calcudoku": latin.verify_calcudoku,
    "campsite": cells.verify_campsite,
    "cipher": words.verify_text,
    "countdown": verify_target,
    "cryptarithm": words.verify_cryptarithm,
    "dyck_errors": numbers.verify_integer,
    "dyck_language": words.verify_dyck,
    "futoshiki": latin.verify_futoshiki,
    "game_of_24": verify_target,
    "goods_exchange": words.verify_text,
    "kakurasu": cells.verify_kakurasu,
    "knights_and_knaves": deduction.verify_knights,
    "math_path": numbers.verify_equation,
    "minesweeper": cells.verify_minesweeper,
    "numbrix": cells.verify_numbrix,
    "object_counting": numbers.verify_integer,
    "object_properties": numbers.verify_integer,
    "operation": numbers.verify_integer,
    "skyscraper": latin.verify_skyscraper,
    "space_reasoning": numbers.verify_place,
    "sudoku": latin.verify_sudoku,
    "survo": cells.verify_survo,
    "time_sequence": numbers.verify_time,
    "web_of_lies": deduction.verify_yes_no,
    "weekday": words.verify_text,
    "day_count": numbers.verify_integer,
    "word_ladder": words.verify_ladder,
    "word_problem": numbers.verify_rational,
    "word_sorting": words.verify_words,
    "zebra_puzzle": deduction.verify_zebra,
}
"""By the type of a record."""


def verify(answer: str, record: Mapping[str, Any]) -> bool:
    """Check an answer with the verifier of the record's type.

    Raises:
        DataError: there is no such type, or a field that its verifier reads is missing.
    """
    kind = str(record.get("type"))
    if kind not in VERIFIERS:
        raise DataError(f"no verifier for the type {kind!r}; there are {', '.join(VERIFIERS)}")
    if len(answer) > LONGEST:
        return False
    try:
        return VERIFIERS[kind](unfenced(answer), record)
    except KeyError as error:
        raise DataError(f"a record of type {kind!r} lacks the field {error}, which its verifier reads") from None


@dataclass(frozen=True)
class LogicAccuracy(CompletionReward):
    """SynLogic's reward, arXiv:2505.19641: 1 where the format is right and the verifier passes, else 0.

    Every right solution counts, not only the stored one. NaN for a task whose record is of no known type.

    Args:
        tags: the completion must be a thought and an answer in their tags and nothing else; otherwise the last box or
            answer tag after the thought counts, or the whole text.
        opened: the prompt ends with the opening think tag, so the completion does not repeat it.
    """

    tags: bool = True
    opened: bool = False

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 1, 0 or NaN."""
        if task.record.get("type") not in VERIFIERS:
            return float("nan")
        answer = self.answer(completion.text)
        try:
            return float(answer is not None and verify(answer, task.record))
        except DataError as error:
            raise DataError(f"{task.where or task.id}: {error}") from None

    def answer(self, text: str) -> str | None:
        """Give what a completion answers, or None."""
        if self.tags and not parse_think_answer(text, opened=self.opened).well_formed:
            return None
        return math_answer(text, self.opened)


@dataclass(frozen=True)
class ZebraCells(CompletionReward):
    """Share of a zebra puzzle's cells that are right, arXiv:2507.17512, from the last JSON object.

    A row that is repeated under every label counts once, which the released scorer overlooks. Reads ``solution`` of
    the record; NaN for a task without it.

    Args:
        by_first: a row is compared with the gold row that has the same value in the first category, as in the release;
            otherwise with the row of its label.
    """

    by_first: bool = True

    def rate(self, task: Task, completion: Completion) -> float:
        """Give 0 to 1, or NaN."""
        gold = task.record.get("solution")
        if not isinstance(gold, Mapping) or not all(isinstance(row, Mapping) and row for row in gold.values()):
            return float("nan")
        said = last_json(completion.text) or {}
        return deduction.cell_accuracy(said.get("solution", said), gold, self.by_first)
